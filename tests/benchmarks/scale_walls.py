"""Where bulk scoring and training over many files end, by their own limits and those of AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import NamedTuple

import scale_simulation as sim
from scale_simulation import MIB

from fraud.adapters.merged_object import MAX_PARTS
from fraud.domain import scoring_costs
from fraud.domain.scorings import MAX_SHARDS as MAX_RANGES
from fraud.domain.training_costs import DRAFT, FINISH, WEIGH, JoinStep, join_seconds
from fraud.domain.worker_times import READS_AT_ONCE, s3_seconds
from fraud_training.scoring.planning import REASONS_SHARE
from fraud_training.shards.planning import MAX_SHARDS

MOST_ROWS = 10**14
SMALL_FILE_BYTES = 64 * 1024
ROWS_CAP, USD_CAP = 1_000_000_000, 25.0
"""The template's ScoringMaxRows and TrainingMaxRows, ScoringMaxCostUsd and TrainingMaxCostUsd."""


class Wall(NamedTuple):
    """The most rows that a limit lets through, and what moves it."""

    name: str
    rows: int
    moved_by: str


def scoring_walls() -> Iterator[Wall]:
    """Those of bulk scoring."""
    merged = sim.MERGED_BYTES / (scoring_costs.MOVED_BYTES_PER_ROW - sim.BYTES_PER_ROW)
    yield Wall("one merged result of 5 GiB", int(merged), "`ScoringMaxMergedBytes`, or parts")
    rows = int((MAX_PARTS - 1) * SMALL_FILE_BYTES / sim.BYTES_PER_ROW)
    name = f"one merged result of {MAX_PARTS - 1:,} files of 64 KiB"
    yield Wall(name, rows, "larger files, or parts")
    yield Wall("rows of a scoring", ROWS_CAP, "`ScoringMaxRows`")
    yield _dear("25 USD", reasons=False)
    yield _dear("25 USD with reasons", reasons=True)
    for reasons, share in ((" with reasons", REASONS_SHARE), ("", 1)):
        smallest, largest_bytes = sim.RANGE_BYTES // share, sim.LARGEST_BYTES // share
        yield _cut(MAX_RANGES, "ranges", smallest, reasons, "`ScoringRangeBytes`")
        yield _cut(MAX_RANGES, "ranges", largest_bytes, reasons, "several requests")
    files = int(sim.FUNCTION_S / s3_seconds(1 / READS_AT_ONCE, 0))
    for size, name in ((1024 * MIB, "1 GiB"), (4096 * MIB, "4 GiB")):
        rows = int(files * size / sim.BYTES_PER_ROW)
        yield Wall(f"plan, 15 minutes: {files:,} files of {name}", rows, "larger files")


def training_walls() -> Iterator[Wall]:
    """Those of training over many files."""
    yield Wall("rows of a training", ROWS_CAP, "`TrainingMaxRows`")
    steps = (("weigh", WEIGH), ("draft", DRAFT), ("finish", FINISH))
    name, most = min(((name, _most_shards(step)) for name, step in steps), key=lambda s: s[1])
    for size, moved_by in (
        (sim.SHARD_BYTES, "`TrainingShardBytes`"),
        (sim.LARGEST_BYTES, "several trainings"),
    ):
        yield _cut(MAX_SHARDS, "shards", size, "", moved_by)
        yield _cut(most, "shards", size, f" read by {name} in 15 minutes", moved_by)


def _cut(most: int, what: str, size: int, how: str, moved_by: str) -> Wall:
    name = f"{most:,} {what} of {size // MIB:,} MiB{how}"
    return Wall(name, int(most * size / sim.BYTES_PER_ROW), moved_by)


def _dear(name: str, *, reasons: bool) -> Wall:
    range_bytes = sim.RANGE_BYTES // (REASONS_SHARE if reasons else 1)

    def affordable(rows: int) -> bool:
        ranges = ceil(rows * sim.BYTES_PER_ROW / range_bytes)
        cost = scoring_costs.estimated_cost(rows, ranges, sim.WORKER_MB, 100, reasons=reasons)
        return cost.total_usd <= USD_CAP

    return Wall(name, largest(affordable), "`ScoringMaxCostUsd`")


def _most_shards(step: JoinStep) -> int:
    return largest(lambda n: join_seconds(n, sim.TRAINER_MB, step) <= sim.FUNCTION_S)


def largest(holds: Callable[[int], bool]) -> int:
    """The largest number for which something holds that holds for all below it."""
    low, high = 1, MOST_ROWS
    while high - low > max(1, low // 1_000):
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
