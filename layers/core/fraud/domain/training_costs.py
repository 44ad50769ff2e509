"""What a training over so many rows in so many shards takes and costs, before it is done.

Measured as in `fraud.domain.scoring_costs`, and priced alike. Storage is not in it: the records of
the rows, two thirds of a plain file's size, for the day or two until they expire.
"""

from __future__ import annotations

from typing import NamedTuple

from fraud.domain.aws_prices import GET_USD, PUT_USD, TRANSITION_USD, express_usd, lambda_usd
from fraud.domain.worker_times import READS_AT_ONCE, core_seconds, s3_seconds


class ShardStep(NamedTuple):
    """What one map asks of a worker for each shard.

    Attributes
    ----------
    rows_per_s
        Rows that one core works off in a second.
    moved_bytes_per_row
        To and from S3.
    round_trips
        Requests one after the other; parts of one transfer are sent at once.
    gets, puts
        Requests as they are billed, for a shard of 128 MiB.
    """

    rows_per_s: float
    moved_bytes_per_row: float
    round_trips: int
    gets: int
    puts: int


SURVEY = ShardStep(1_400_000, 140, 6, 2, 10)
DRAW = ShardStep(4_500_000, 70, 7, 10, 5)
SCORE = ShardStep(1_300_000, 53, 9, 17, 1)
MAPS = (SURVEY, DRAW, SCORE)
COLD_START_S = 1.4
"""Until a worker that was not there begins: imports, scikit-learn among them."""


class JoinStep(NamedTuple):
    """What one step between the maps takes.

    Attributes
    ----------
    core_s
        On one core, beside its shards.
    shard_core_s, shard_bytes, shard_round_trips
        For each shard.
    """

    core_s: float
    shard_core_s: float
    shard_bytes: float
    shard_round_trips: int


WEIGH = JoinStep(0.05, 0.036, 5_000_000, 2)
DRAFT = JoinStep(6.1, 0.011, 0, 2)
FINISH = JoinStep(0.15, 0.039, 30_000, 2)
JOINS = (WEIGH, DRAFT, FINISH)
DRAWN_BYTES = 52_000_000
"""Of all shards together: the sample has a fixed size, but for the frauds beyond it."""
TRANSITIONS = 12


def shard_seconds(rows: float, memory_mb: float, step: ShardStep) -> float:
    """Seconds that a warm worker needs for a shard of so many rows, in one map."""
    waiting_s = s3_seconds(step.round_trips, rows * step.moved_bytes_per_row)
    return waiting_s + core_seconds(rows / step.rows_per_s, memory_mb)


def join_seconds(shards: int, memory_mb: float, step: JoinStep) -> float:
    """Seconds of one step between the maps."""
    moved = shards * step.shard_bytes + (DRAWN_BYTES if step is DRAFT else 0)
    core_s = step.core_s + shards * step.shard_core_s
    waits = shards * step.shard_round_trips / READS_AT_ONCE
    return s3_seconds(waits, moved) + core_seconds(core_s, memory_mb)


def estimated_training_usd(
    rows: int, shards: int, memory_mb: int, trainer_memory_mb: int, concurrency: int
) -> float:
    """Estimate the cost of a training in US dollars.

    Parameters
    ----------
    rows, shards
        How many rows in how many shards.
    memory_mb, trainer_memory_mb
        Of the functions that work on shards, and that join what they give.
    concurrency
        Shards worked on at once, at most: so many workers start cold.
    """
    per_shard = rows / max(shards, 1)
    busy_s = shards * sum(shard_seconds(per_shard, memory_mb, step) for step in MAPS)
    busy_s += min(shards, concurrency) * core_seconds(COLD_START_S, memory_mb)
    joining_s = sum(join_seconds(shards, trainer_memory_mb, step) for step in JOINS)
    children = len(MAPS) * shards
    gets = shards * (sum(s.gets for s in MAPS) + sum(j.shard_round_trips for j in JOINS))
    return (
        lambda_usd(busy_s, memory_mb, children)
        + lambda_usd(joining_s, trainer_memory_mb, len(JOINS) + 1)
        + express_usd(busy_s, children)
        + TRANSITIONS * TRANSITION_USD
        + gets * GET_USD
        + shards * sum(s.puts for s in MAPS) * PUT_USD
    )
