"""The steps of both workflows, timed on this machine; their AWS calls counted over moto."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.client
from workspace import PROJECT, record_of

from fraud.adapters import aws_clients
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.scorings_table import ScoringsTable
from fraud.domain.scorings import Scoring, ScoringLimits, ScoringRequest, new_scoring_id
from fraud.wiring import scoring_finish
from fraud_training.fit import FitOptions, order_of
from fraud_training.scoring import plan_wiring, range_wiring
from fraud_training.scoring.range_scoring import RangeTask
from fraud_training.shards.parts import DirectoryParts
from fraud_training.shards.shard import DatasetFile, shards_of, write_shard
from fraud_training.shards.steps import ShardSteps

sys.path.append(str(PROJECT / "tests" / "simulations"))

from simulated_aws import BUCKET, simulated_aws

READS = frozenset({"GetObject", "HeadObject", "ListObjectsV2"})
SETTINGS = {
    "ALLOWED_DATASET_BUCKETS": "",
    "ALLOW_LOOPBACK_LINKS": "false",
    "MAX_DATASET_BYTES": "5000000000",
    "SCORING_MEMORY_MB": "1769",
    "SCORING_MAX_UNPACKED_BYTES": "2147483648",
    "SCORING_MAX_MERGED_BYTES": "1048576",
}


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count calls by kind: `get`, `put` of S3, `write` of DynamoDB."""
    found: Counter[str] = Counter()
    original = botocore.client.BaseClient._make_api_call

    def call(client: Any, operation: str, params: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        if service == "s3":
            found["get" if operation in READS else "put"] += 1
        elif operation == "UpdateItem":
            found["write"] += 1
        return original(client, operation, params)

    botocore.client.BaseClient._make_api_call = call
    try:
        yield found
    finally:
        botocore.client.BaseClient._make_api_call = original


def scoring_steps(sample: Path, model_dir: Path, ranges: int) -> dict[str, float]:
    """Plan, score and finish one file in so many ranges; seconds and requests of a range."""
    size_bytes = sample.stat().st_size
    settings = SETTINGS | {"SCORING_RANGE_BYTES": str(-(-size_bytes // ranges))}
    with simulated_aws(settings):
        scoring = _registered(sample, model_dir)
        started = time.process_time()
        plan = plan_wiring.planner().plan(scoring.id)
        plan_s = time.process_time() - started
        shards = plan_wiring.planner().files.bucket
        content = boto3.client("s3").get_object(Bucket=shards.name, Key=plan["plan"])["Body"]
        tasks = [_task(plan, shard) for shard in json.loads(content.read())]
        range_wiring.load(plan["model"])  # a worker has it for its next ranges
        with counted() as calls:
            reports = [range_wiring.scoring().run(task).model_dump(mode="json") for task in tasks]
        record = _record_of_map(plan, reports)
        started = time.process_time()
        scoring_finish.end().finish(scoring.id, record)
        finish_s = time.process_time() - started
    return {
        "plan_s": plan_s / len(tasks),
        "finish_s": finish_s / len(tasks),
        **{f"{kind}s": calls[kind] / len(tasks) for kind in ("get", "put", "write")},
    }


def training_steps(
    sample: Path, work_dir: Path, count: int, *, quick: bool
) -> tuple[int, Counter[str]]:
    """Train on a file in so many shards: its rows, and the processor's seconds of each step."""
    parts, work = DirectoryParts(work_dir / "parts"), work_dir / "work"
    work.mkdir(parents=True)
    steps, source = ShardSteps(parts, work), work / "source"
    size_bytes = sample.stat().st_size
    file = DatasetFile(str(sample), size_bytes, b"st")
    shards = shards_of([file], -(-size_bytes // count))
    order = order_of(FitOptions(quick=quick), time.monotonic())
    spent: Counter[str] = Counter()

    def timed(name: str, step: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = step()
        spent[name] += time.process_time() - started  # type: ignore[assignment]
        return result

    for shard in shards:
        write_shard(shard, lambda within: _pieces(sample, within.first_byte), source)
        timed("survey", lambda shard=shard: steps.survey(shard, source))
    weighed = timed("weigh", lambda: steps.weigh(shards, order))
    for shard in weighed.shards:
        timed("draw", lambda shard=shard: steps.draw(shard.part, order))
    timed("fit", lambda: steps.draft(order, lambda _: None))
    for shard in weighed.shards:
        timed("score", lambda shard=shard: steps.score(shard.part, order))
    (work_dir / "model").mkdir()
    timed("finish", lambda: steps.finish(work_dir / "model", order))
    return weighed.rows, spent


def _pieces(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while piece := file.read(1 << 20):
            yield piece


def _registered(sample: Path, model_dir: Path) -> Scoring:
    """A scoring of the sample, in a stack whose champion is the model."""
    s3, now = boto3.client("s3"), datetime.now(UTC)
    record = record_of(model_dir)
    for name in record.files:
        s3.upload_file(str(model_dir / name), BUCKET, f"models/{record.name}/{name}")
    s3.upload_file(str(sample), BUCKET, "uploads/sample.csv")
    models = RegistryChanges(aws_clients.dynamodb_client(), "ModelsTable")
    models.register(record)
    models.release(record.name, models.champion(), now, "benchmark", "the only one")
    scoring = Scoring(
        id=new_scoring_id(now),
        request=ScoringRequest(dataset=f"s3://{BUCKET}/uploads/sample.csv", output="parts"),
        limits=ScoringLimits(
            max_concurrency=1,
            tolerated_failure_percentage=0,
            max_rows=10**9,
            max_cost_usd=1_000,
        ),
        client="benchmark",
        created_at=now,
        updated_at=now,
    )
    ScoringsTable(aws_clients.dynamodb_client(), "ScoringsTable").register(scoring)
    return scoring


def _task(plan: dict[str, Any], shard: dict[str, Any]) -> RangeTask:
    facts = {name: plan[name] for name in ("id", "model", "reasons")}
    return RangeTask.model_validate({**facts, "shard": shard})


def _record_of_map(plan: dict[str, Any], reports: list[dict[str, Any]]) -> str:
    """Write what the engine's ResultWriter would have written."""
    s3, folder = boto3.client("s3"), f"{plan['records']}/run"
    body = "\n".join(json.dumps(report) for report in reports).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/SUCCEEDED_0.json", Body=body)
    files = {"SUCCEEDED": [{"Key": f"{folder}/SUCCEEDED_0.json", "Size": len(body)}]}
    manifest = json.dumps({"ResultFiles": files}).encode()
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/manifest.json", Body=manifest)
    return f"{folder}/manifest.json"
