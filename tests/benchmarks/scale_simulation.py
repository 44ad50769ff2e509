"""What bulk scoring and training over many files take beyond this machine, and what holds them up.

Seconds on a processor are measured here (`scale.py`), requests are counted, limits and prices are
the documented ones; the costs are those that the API itself tells before the work. Nothing here was
run on AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from fraud.adapters.dataset_objects import AT_ONCE
from fraud.domain.scoring_costs import estimated_cost
from fraud.domain.scorings import MAX_SHARDS as MAX_RANGES
from fraud.domain.training_costs import estimated_training_usd
from fraud_training.scoring.planning import REASONS_SHARE
from fraud_training.shards.planning import MAX_SHARDS as MAX_TRAINING_SHARDS

MEMORY_MB, JOIN_MEMORY_MB = 1769, 3008
"""A whole processor, where the milliseconds here and there are comparable; the trainer's."""
MAX_RANGE_BYTES = 2**30
"""Of ScoringRangeBytes and TrainingShardBytes, at most."""
HALVINGS = 50
LISTED = 1_000
"""Objects in one answer to a listing."""


@dataclass(frozen=True)
class Measured:
    """What one worker does on one processor, and what a range asks of other services.

    Attributes
    ----------
    plan_s, finish_s
        For each range.
    gets, puts, writes
        Requests to S3 and DynamoDB for each range.
    survey_rows_per_s, draw_rows_per_s, held_out_rows_per_s
        Of the three maps of a training.
    weigh_s, drawn_s, sum_s
        For each shard of a training, of the steps that join what the maps gave: findings, drawn
        rows, scores.
    fit_s, judge_s
        Of a full fit, and of judging and exporting the model, whatever the shards.
    start_s
        Until a new worker is ready: imports and model.
    """

    bytes_per_row: float
    rows_per_s: float
    rows_per_s_with_reasons: float
    plan_s: float
    finish_s: float
    gets: float
    puts: float
    writes: float
    survey_rows_per_s: float
    draw_rows_per_s: float
    held_out_rows_per_s: float
    weigh_s: float
    drawn_s: float
    sum_s: float
    fit_s: float
    judge_s: float
    start_s: float


@dataclass(frozen=True)
class Limits:
    """Default quotas of an account in one Region, and the template's parameters.

    `request_s` is what AWS calls typical of S3's first byte, 100 to 200 ms; a worker's requests
    come one after the other. Sources: docs/scale.md.
    """

    concurrency: int = 1_000
    new_environments_per_s: float = 100.0
    children: int = 10_000
    gets_per_s: float = 5_500.0
    puts_per_s: float = 3_500.0
    writes_per_s: float = 4_000.0
    function_s: float = 900.0
    child_s: float = 300.0
    request_s: float = 0.15
    file_bytes: int = 2**30
    range_bytes: int = 64 * 2**20
    shard_bytes: int = 128 * 2**20

    @property
    def workers(self) -> int:
        """At once, at most."""
        return min(self.concurrency, self.children)


@dataclass(frozen=True)
class Simulated:
    """What would come of a run.

    Attributes
    ----------
    phases
        Seconds by name, one after the other.
    bottleneck
        What the longest of them waits for.
    wall
        What makes the run impossible, None where nothing does.
    """

    shards: int
    phases: Mapping[str, float]
    bottleneck: str
    usd: float
    wall: str | None = None

    @property
    def seconds(self) -> float:
        """From the first step to the last."""
        return sum(self.phases.values())


def map_seconds(
    shards: int, busy_s: float, requests: tuple[float, float, float], limits: Limits
) -> tuple[float, str]:
    """How long a distributed map takes, and what it waits for.

    Workers are added at Lambda's rate until there are as many as may be; each works off one shard
    after the other. S3 and DynamoDB answer as many requests a second as they are documented to.

    Parameters
    ----------
    busy_s
        Seconds that a worker has a shard.
    requests
        GET, PUT and table writes for each shard.
    """
    spent, waits_for = _worked_off(shards, busy_s, limits)
    gets, puts, writes = (shards * each for each in requests)
    bounds = {
        "S3 GET requests of one prefix": gets / limits.gets_per_s,
        "S3 PUT requests of one prefix": puts / limits.puts_per_s,
        "DynamoDB writes of a new table": writes / limits.writes_per_s,
        waits_for: spent,
    }
    slowest = max(bounds, key=lambda name: bounds[name])
    return bounds[slowest], slowest


def _worked_off(shards: int, busy_s: float, limits: Limits) -> tuple[float, str]:
    """Seconds until workers that start one after the other have had every shard."""
    workers = min(limits.workers, shards)
    started_s = np.arange(workers) / limits.new_environments_per_s
    low, high = 0.0, started_s[-1] + busy_s * ceil(shards / workers)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        done = np.floor(np.maximum(middle - started_s, 0) / busy_s).sum()
        low, high = (low, middle) if done >= shards else (middle, high)
    if workers == shards:
        return high, "the last range: each has a worker"
    if high - busy_s < started_s[-1]:
        return high, "starting workers, 1,000 every 10 s"
    return high, f"workers, {workers:,} at once"


def scoring(rows: float, measured: Measured, limits: Limits, *, reasons: bool) -> Simulated:
    """Simulate a bulk scoring of plain files of `Limits.file_bytes`, without a merged result."""
    range_bytes = limits.range_bytes / (REASONS_SHARE if reasons else 1)
    shards = ceil(rows * measured.bytes_per_row / range_bytes)
    speed = measured.rows_per_s_with_reasons if reasons else measured.rows_per_s
    in_requests = (measured.gets + measured.puts + measured.writes) * limits.request_s
    busy_s = rows / shards / speed + in_requests
    requests = (measured.gets, measured.puts, measured.writes)
    map_s, waits_for = map_seconds(shards, busy_s, requests, limits)
    phases = {
        "plan": measured.start_s + shards * measured.plan_s + _looks(rows, measured, limits),
        "map": measured.start_s + map_s,
        "finish": measured.start_s + shards * measured.finish_s + limits.request_s,
    }
    walls = {
        f"{shards:,} ranges are more than {MAX_RANGES:,}: raise ScoringRangeBytes, or send it in "
        "several requests": shards > MAX_RANGES,
        f"a range takes {busy_s:.0f} s of {limits.child_s:.0f}": busy_s > limits.child_s,
        "planning takes longer than a function may": phases["plan"] > limits.function_s,
        "finishing takes longer than a function may": phases["finish"] > limits.function_s,
    }
    usd = estimated_cost(round(rows), shards, MEMORY_MB, reasons=reasons).total_usd
    return _simulated(shards, phases, {"map": waits_for}, usd, walls)


def training(rows: float, measured: Measured, limits: Limits) -> Simulated:
    """Simulate a training over many plain files."""
    shards = ceil(rows * measured.bytes_per_row / limits.shard_bytes)
    a_shard = rows / shards
    speeds = {
        "survey": measured.survey_rows_per_s,
        "draw": measured.draw_rows_per_s,
        "score": measured.held_out_rows_per_s,
    }
    waits: dict[str, str] = {}
    phases = {"plan": measured.start_s + _looks(rows, measured, limits)}
    joins = {"survey": "weigh", "draw": "fit", "score": "finish"}
    joining_s = {"weigh": measured.weigh_s, "fit": measured.drawn_s, "finish": measured.sum_s}
    for name, speed in speeds.items():
        busy_s = a_shard / speed + 6 * limits.request_s
        phases[name], waits[name] = map_seconds(shards, busy_s, (4.0, 2.0, 0.0), limits)
        join = joins[name]
        phases[join] = measured.start_s + shards * (joining_s[join] + limits.request_s / AT_ONCE)
        waits[join] = "one function, which reads what each shard left"
    phases["fit"] += measured.fit_s
    phases["finish"] += measured.judge_s
    walls = {
        f"{shards:,} shards are more than {MAX_TRAINING_SHARDS:,}: raise TrainingShardBytes, or "
        "train on a sample": shards > MAX_TRAINING_SHARDS,
        **{
            f"{name} takes longer than a function may": phases[name] > limits.function_s
            for name in joins.values()
        },
    }
    usd = estimated_training_usd(round(rows), shards, MEMORY_MB, JOIN_MEMORY_MB)
    return _simulated(shards, phases, waits, usd, walls)


def least_raised(run: Callable[[Limits], Simulated], limits: Limits) -> tuple[Simulated, int]:
    """A run with the smallest ranges and shards that make it possible, or as it is at 1 GiB.

    Returns
    -------
    tuple
        The run, and how often both sizes were doubled.
    """
    for doublings in range(5):
        factor = 2**doublings
        simulated = run(
            replace(
                limits,
                range_bytes=min(limits.range_bytes * factor, MAX_RANGE_BYTES),
                shard_bytes=min(limits.shard_bytes * factor, MAX_RANGE_BYTES),
            )
        )
        if simulated.wall is None:
            break
    return simulated, doublings


def _looks(rows: float, measured: Measured, limits: Limits) -> float:
    """Seconds until every file has been listed and, where it is cut, looked at."""
    files = ceil(rows * measured.bytes_per_row / limits.file_bytes)
    return (1 + files / LISTED + files / AT_ONCE) * limits.request_s


def _simulated(
    shards: int,
    phases: Mapping[str, float],
    waits: Mapping[str, str],
    usd: float,
    walls: Mapping[str, bool],
) -> Simulated:
    longest = max(phases, key=lambda name: phases[name])
    bottleneck = f"{longest}: {waits.get(longest, 'one function')}"
    wall = next((what for what, hit in walls.items() if hit), None)
    return Simulated(shards, dict(phases), bottleneck, usd, wall)


@dataclass(frozen=True)
class OnlineLimits:
    """Default quotas of the path of a single prediction."""

    api_requests_per_s: int = 10_000
    concurrency: int = 1_000
    table_write_units: int = 40_000
    partition_write_units: int = 1_000
    write_units: int = 2


def online(
    predictions_per_s: int, busy_ms: float, log_shards: int, limits: OnlineLimits
) -> dict[str, tuple[float, float]]:
    """What single predictions at a rate need of each service, and what there is by default.

    Parameters
    ----------
    busy_ms
        That an environment is busy with one of them.
    log_shards
        Partitions that a day of the prediction log is spread over.
    """
    units = predictions_per_s * limits.write_units
    return {
        "API Gateway requests a second": (predictions_per_s, limits.api_requests_per_s),
        "Lambda environments": (ceil(predictions_per_s * busy_ms / 1000), limits.concurrency),
        "write units a second, table": (units, limits.table_write_units),
        "write units a second, each log partition": (
            units / log_shards,
            limits.partition_write_units,
        ),
    }
