"""Bulk scoring and training over many files at sizes that no machine here has room for.

Seconds of a shard and costs are those that the API estimates with (`fraud.domain.scoring_costs`,
`fraud.domain.training_costs`), which `scale.py` measures; how many shards run at once is what
`map_simulation` makes of AWS's limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from map_simulation import DOCUMENTED, Limits, MapWork, bottleneck, map_seconds, workers

from fraud.domain import scoring_costs, training_costs
from fraud.domain.scorings import MAX_SHARDS as MAX_RANGES
from fraud.domain.training_costs import DRAFT, FINISH, MAPS, WEIGH, JoinStep, ShardStep
from fraud.domain.worker_times import READS_AT_ONCE, s3_seconds
from fraud_training.scoring.planning import REASONS_SHARE
from fraud_training.shards.planning import MAX_SHARDS

SIZES = (10_000_000, 1_000_000_000, 100_000_000_000)
BYTES_PER_ROW = 87.3
"""Of PaySim's file."""
MIB = 1 << 20
RANGE_BYTES, SHARD_BYTES = 64 * MIB, 128 * MIB
"""The template's defaults."""
LARGEST_BYTES = 1024 * MIB
"""What ScoringRangeBytes and TrainingShardBytes allow."""
FILE_BYTES = 4096 * MIB
"""Of one file of the dataset: an assumption."""
WORKER_MB, TRAINER_MB = 1769, 3008
MERGED_BYTES = 5120 * MIB
FUNCTION_S, WORKFLOW_S = 900, 86_400
RESULT_ROUND_TRIPS = 5
FINISH_RANGE_S = 0.00001
"""Of the finishing function, for each range's report."""
RAISED = Limits(concurrency=10_000)
SETTINGS: Mapping[str, tuple[int, Limits]] = {
    "100 at once (default)": (100, DOCUMENTED),
    "1,000 (quota of an account)": (1_000, DOCUMENTED),
    "10,000 (quota raised)": (10_000, RAISED),
}
MAX_TRAINING_CONCURRENCY = 4_000


@dataclass(frozen=True)
class Job:
    """A scoring or a training as it would go.

    Attributes
    ----------
    steps
        Seconds of each, in order.
    bottleneck
        What to raise first.
    refused
        Why it does not end well, None where it does.
    """

    rows: int
    shards: int
    shard_bytes: int
    steps: Mapping[str, float]
    usd: float
    bottleneck: str
    refused: str | None = None

    @property
    def wall_s(self) -> float:
        """From the start of the workflow to its end."""
        return sum(self.steps.values())


def scoring(
    rows: int, concurrency: int, limits: Limits = DOCUMENTED, *, reasons: bool = False
) -> Job:
    """A bulk scoring, its ranges as small as the number of them allows."""
    share = REASONS_SHARE if reasons else 1
    range_bytes, ranges = _cut(rows, RANGE_BYTES // share, LARGEST_BYTES // share, MAX_RANGES)
    seconds = scoring_costs.range_seconds(rows / ranges, WORKER_MB, reasons=reasons)
    work = MapWork(
        shards=ranges,
        seconds=seconds,
        cold_start_s=scoring_costs.COLD_START_S,
        gets=scoring_costs.GETS_PER_RANGE,
        puts=scoring_costs.PUTS_PER_RANGE,
        writes=scoring_costs.WRITES_PER_RANGE,
        max_concurrency=concurrency,
        parameter="`ScoringMaxConcurrency`",
    )
    steps = {
        "plan": plan_seconds(rows),
        "score": map_seconds(work, limits),
        "finish": finish_seconds(rows, ranges),
    }
    cost = scoring_costs.estimated_cost(
        rows, ranges, WORKER_MB, workers(work, limits), reasons=reasons
    )
    return Job(
        rows=rows,
        shards=ranges,
        shard_bytes=range_bytes,
        steps=steps,
        usd=cost.total_usd,
        bottleneck=_slowest(steps, {"score": bottleneck(work, limits)}),
        refused=_refused(ranges, MAX_RANGES, steps, ("plan", "finish")),
    )


def training(rows: int, concurrency: int, limits: Limits = DOCUMENTED) -> Job:
    """A training over many files, its shards as small as the number of them allows."""
    at_once = min(concurrency, MAX_TRAINING_CONCURRENCY)
    shard_bytes, shards = _cut(rows, SHARD_BYTES, LARGEST_BYTES, MAX_SHARDS)
    names = ("survey", "draw", "score")
    works = {
        name: _shard_map(rows, shards, step, at_once, cold=step is MAPS[0])
        for name, step in zip(names, MAPS, strict=True)
    }
    maps = {name: map_seconds(work, limits) for name, work in works.items()}
    steps = {
        "plan": plan_seconds(rows),
        "survey": maps["survey"],
        "weigh": _join(shards, WEIGH),
        "draw": maps["draw"],
        "draft": _join(shards, DRAFT),
        "score": maps["score"],
        "finish": _join(shards, FINISH),
    }
    began_cold = workers(works["survey"], limits)
    usd = training_costs.estimated_training_usd(rows, shards, WORKER_MB, TRAINER_MB, began_cold)
    return Job(
        rows=rows,
        shards=shards,
        shard_bytes=shard_bytes,
        steps=steps,
        usd=usd,
        bottleneck=_slowest(steps, {name: bottleneck(w, limits) for name, w in works.items()}),
        refused=_refused(shards, MAX_SHARDS, steps, ("plan", "weigh", "draft", "finish")),
    )


def plan_seconds(rows: int) -> float:
    """Listing the files, and looking at the beginning of each that is to be cut."""
    files = ceil(rows * BYTES_PER_ROW / FILE_BYTES)
    looks = files / READS_AT_ONCE
    return s3_seconds(RESULT_ROUND_TRIPS + looks + ceil(files / 1_000), 0)


def finish_seconds(rows: int, ranges: int) -> float:
    """Reading the reports, and copying the parts into one object where that is small enough."""
    merged = ranges if rows * BYTES_PER_ROW <= MERGED_BYTES else 0
    return s3_seconds(RESULT_ROUND_TRIPS + merged / READS_AT_ONCE, 0) + ranges * FINISH_RANGE_S


def _cut(rows: int, smallest: int, largest: int, most: int) -> tuple[int, int]:
    """The smallest shards, doubled from the default on, that are not too many."""
    size = smallest
    while size < largest and ceil(rows * BYTES_PER_ROW / size) > most:
        size *= 2
    return size, max(1, ceil(rows * BYTES_PER_ROW / size))


def _shard_map(rows: int, shards: int, step: ShardStep, at_once: int, *, cold: bool) -> MapWork:
    return MapWork(
        shards=shards,
        seconds=training_costs.shard_seconds(rows / shards, WORKER_MB, step),
        cold_start_s=training_costs.COLD_START_S if cold else 0,
        gets=step.gets,
        puts=step.puts,
        writes=0,
        max_concurrency=at_once,
        parameter="`TrainingMaxConcurrency`",
    )


def _join(shards: int, step: JoinStep) -> float:
    return training_costs.join_seconds(shards, TRAINER_MB, step)


def _slowest(steps: Mapping[str, float], maps: Mapping[str, str]) -> str:
    """What the longest step waits for."""
    name = max(steps, key=lambda each: steps[each])
    return maps.get(name, f"the {name} step, one function")


def _refused(
    shards: int, most: int, steps: Mapping[str, float], functions: Iterable[str]
) -> str | None:
    if shards > most:
        return f"refused: {shards:,} shards, at most {most:,}"
    for name in functions:
        if steps[name] > FUNCTION_S:
            return f"fails: {name} takes more than 15 minutes"
    return "fails: takes more than a day" if sum(steps.values()) > WORKFLOW_S else None
