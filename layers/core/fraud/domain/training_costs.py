"""What a training over so many rows in so many shards costs, before it is done.

Prices are those of `fraud.domain.scoring_costs`. Storage is not in it: the records of the rows, two
thirds of a plain file's size, for the day or two until they expire.
"""

from __future__ import annotations

from fraud.domain.scoring_costs import (
    EXPRESS_GB,
    EXPRESS_USD_PER_GB_S,
    EXPRESS_USD_PER_REQUEST,
    GET_USD,
    LAMBDA_USD_PER_GB_S,
    LAMBDA_USD_PER_REQUEST,
    PUT_USD,
    TRANSITION_USD,
)

ROWS_PER_S_READ, ROWS_PER_S_SCORED = 500_000, 350_000
"""Rows that one worker reads, and scores for both splits, in a second: a quarter and a half of
what was measured on one processor (docs/scale.md); drawing is lost in the noise."""
MAPS = 3
SHARD_S = 1.5
"""Seconds a shard takes in each map beside its rows: requests to S3, its share of cold starts."""
JOINING_S = 300
"""Seconds of the trainer between the maps."""
GETS_PER_SHARD, PUTS_PER_SHARD = 16, 10
TRANSITIONS = 12


def shard_seconds(rows: float) -> float:
    """Seconds that workers need for a shard of so many rows, in all maps together."""
    return MAPS * SHARD_S + rows / ROWS_PER_S_READ + rows / ROWS_PER_S_SCORED


def estimated_training_usd(rows: int, shards: int, memory_mb: int, trainer_memory_mb: int) -> float:
    """Estimate the cost of a training in US dollars.

    Parameters
    ----------
    rows, shards
        How many rows in how many shards.
    memory_mb, trainer_memory_mb
        Of the functions that work on shards, and that join what they give.
    """
    busy_s = shards * shard_seconds(rows / max(shards, 1))
    gb_s = (busy_s * memory_mb + JOINING_S * trainer_memory_mb) / 1024
    children = MAPS * shards
    return (
        gb_s * LAMBDA_USD_PER_GB_S
        + children * (LAMBDA_USD_PER_REQUEST + EXPRESS_USD_PER_REQUEST)
        + busy_s * EXPRESS_GB * EXPRESS_USD_PER_GB_S
        + TRANSITIONS * TRANSITION_USD
        + shards * (GETS_PER_SHARD * GET_USD + PUTS_PER_SHARD * PUT_USD)
    )
