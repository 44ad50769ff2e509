"""The steps of a bulk scoring and of a training over many files, run one by one.

The engine between them is left out; it adds no request of theirs.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws import clients
from recorded_calls import Recorder, Step
from scale_stack import BUCKET, FILE, FOLDER, UNLIMITED, run

from fraud.adapters.aws_clients import dynamodb_client, s3_client, s3_transfer_client
from fraud.adapters.scorings_table import ScoringsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.scorings import (
    CostEstimate,
    PinnedModel,
    Scoring,
    ScoringLimits,
    ScoringPlan,
    ScoringRequest,
    ScoringStatus,
    new_scoring_id,
)
from fraud.domain.trainings import TrainingRequest
from fraud_training.shards import join_wiring


@dataclass(frozen=True)
class ScoringSteps:
    """What scoring the file took.

    Attributes
    ----------
    cold, ranges
        The first range, which loads the model, and those after it.
    rows, part_bytes
        Of all `ranges` together.
    """

    plan: Step
    cold: Step
    ranges: list[Step]
    rows: int
    part_bytes: int
    finish: Step


@dataclass(frozen=True)
class TrainingSteps:
    """What training on the file of `csv_bytes` took; a list has a step for each shard."""

    plan: Step
    survey: list[Step]
    weigh: Step
    draw: list[Step]
    draft: Step
    score: list[Step]
    finish: Step
    shards: int
    rows: int
    csv_bytes: int


def scoring(*, reasons: bool, at_most: int) -> ScoringSteps:
    """Plan a scoring, score its first ranges, finish it as if they were all."""
    recorder = Recorder(s3_client(), dynamodb_client())
    scoring_id = _register_scoring(reasons=reasons)
    planned = run(recorder, "scoring_plan", {"id": scoring_id})
    _, s3 = clients(os.environ["AWS_ENDPOINT_URL"])
    shards = json.loads(s3.get_object(Bucket=BUCKET, Key=planned["plan"])["Body"].read())
    told = {"id": scoring_id, "model": planned["model"], "reasons": reasons}
    reports = [
        run(recorder, "scoring_range", {**told, "shard": shard}) for shard in shards[:at_most]
    ]
    _as_if_planned(scoring_id, len(reports))
    records = _record(s3, planned["records"], reports)
    run(recorder, "scoring_finish", {"id": scoring_id, "records": records})
    plan, cold, *ranges, finish = recorder.steps
    return ScoringSteps(
        plan=plan,
        cold=cold,
        ranges=ranges,
        rows=sum(sum(r["counts"]["outcomes"].values()) for r in reports[1:]),
        part_bytes=sum(r["size_bytes"] for r in reports[1:]),
        finish=finish,
    )


def finishing(reports: int) -> Step:
    """Finish a scoring of so many ranges, without merging: the engine's record is made up."""
    recorder = Recorder(s3_client(), dynamodb_client())
    scoring_id = _register_scoring(reasons=False, output="parts")
    _, s3 = clients(os.environ["AWS_ENDPOINT_URL"])
    report = {
        "size_bytes": 95_000_000,
        "header_bytes": 150,
        "header_sha256": "0" * 64,
        "counts": {"outcomes": {"approve": 750_000, "review": 4_000, "block": 900}, "refused": {}},
    }
    made = [{"name": f"000000-{i:015d}", **report} for i in range(reports)]
    _as_if_planned(scoring_id, reports)
    records = _record(s3, f"scoring/{scoring_id}/map", made)
    run(recorder, "scoring_finish", {"id": scoring_id, "records": records})
    return recorder.steps[-1]


def training(shard_bytes: int) -> TrainingSteps:
    """Train on the file, shard by shard."""
    os.environ["TRAINING_SHARD_BYTES"] = str(shard_bytes)
    for kept in (join_wiring.settings, join_wiring.planner, join_wiring.steps):
        kept.cache_clear()
    recorder = Recorder(s3_transfer_client(), dynamodb_client())
    now = datetime.now(UTC)
    request = TrainingRequest(dataset=FOLDER, promote="never")
    trainings = TrainingsTable(dynamodb_client(), "trainings")
    training_id = trainings.register(request, "benchmark", now).id
    _, s3 = clients(os.environ["AWS_ENDPOINT_URL"])
    planned = run(recorder, "training_join", {"id": training_id, "step": "plan"})
    told = {"id": training_id, "fence": planned["fence"]}

    def mapped(step: str, items: str) -> int:
        shards = json.loads(s3.get_object(Bucket=BUCKET, Key=planned[items])["Body"].read())
        for shard in shards:
            run(recorder, "training_shard", {**told, "step": step, "shard": shard})
        return len(shards)

    def joined(step: str) -> None:
        run(recorder, "training_join", {**told, "step": step})

    n = mapped("survey", "shards")
    joined("weigh")
    mapped("draw", "used")
    joined("draft")
    mapped("score", "used")
    joined("finish")
    weighed = s3.get_object(Bucket=BUCKET, Key=f"training/{training_id}/weighed.json")["Body"]
    steps = recorder.steps
    return TrainingSteps(
        plan=steps[0],
        survey=steps[1 : n + 1],
        weigh=steps[n + 1],
        draw=steps[n + 2 : 2 * n + 2],
        draft=steps[2 * n + 2],
        score=steps[2 * n + 3 : 3 * n + 3],
        finish=steps[3 * n + 3],
        shards=n,
        rows=json.loads(weighed.read())["rows"],
        csv_bytes=s3.head_object(Bucket=BUCKET, Key=FILE)["ContentLength"],
    )


def _register_scoring(*, reasons: bool, output: Any = "merged") -> str:
    now = datetime.now(UTC)
    scoring_id = new_scoring_id(now)
    limits = ScoringLimits(
        max_concurrency=100,
        tolerated_failure_percentage=0,
        max_rows=UNLIMITED,
        max_cost_usd=UNLIMITED,
    )
    request = ScoringRequest(dataset=FOLDER, reasons=reasons, output=output)
    asked = Scoring(
        id=scoring_id,
        status="processing" if output == "parts" else "pending",
        request=request,
        limits=limits,
        client="benchmark",
        created_at=now,
        updated_at=now,
    )
    ScoringsTable(dynamodb_client(), "scorings").register(asked)
    return scoring_id


def _as_if_planned(scoring_id: str, shards: int) -> None:
    """Let the plan have as many ranges as have been scored: the last step counts them."""
    costs = dict.fromkeys(CostEstimate.model_fields, 0.0)
    plan = ScoringPlan(
        model=PinnedModel(name="benchmark", version=1),
        files=1,
        shards=shards,
        input_bytes=0,
        estimated_rows=0,
        estimated_cost=CostEstimate(**costs),
    )
    table = ScoringsTable(dynamodb_client(), "scorings")
    table.change(scoring_id, [ScoringStatus.PROCESSING], datetime.now(UTC), plan=plan)


def _record(s3: Any, prefix: str, reports: list[dict[str, Any]]) -> str:
    """What the engine leaves of a map that succeeded; gives where."""
    lines = "".join(json.dumps(report) + "\n" for report in reports)
    results, manifest = f"{prefix}/SUCCEEDED_0.jsonl", f"{prefix}/manifest.json"
    s3.put_object(Bucket=BUCKET, Key=results, Body=lines.encode())
    content = json.dumps({"ResultFiles": {"SUCCEEDED": [{"Key": results}], "FAILED": []}})
    s3.put_object(Bucket=BUCKET, Key=manifest, Body=content.encode())
    return manifest
