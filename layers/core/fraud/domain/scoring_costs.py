"""What scoring so many rows in so many ranges takes and costs, before it is done.

Rows per second, bytes and requests were measured by tests/benchmarks/scale.py, and docs/scale.md
shows them; a core of that machine stands for a vCPU of Lambda. Storage, logs and the two functions
around the map are not in the cost: 0.023 USD a GB and month until the result expires, about
0.50 USD a million ranges, and some thousandths of a cent.
"""

from __future__ import annotations

from fraud.domain.aws_prices import (
    GET_USD,
    PUT_USD,
    TRANSITION_USD,
    WRITE_USD,
    express_usd,
    lambda_usd,
)
from fraud.domain.scorings import CostEstimate
from fraud.domain.worker_times import S3_REQUEST_S, core_seconds, s3_seconds

ROWS_PER_S, ROWS_PER_S_WITH_REASONS = 380_000, 24_000
"""Rows that one core scores in a second, with a model of 100 trees."""
MOVED_BYTES_PER_ROW, MOVED_BYTES_PER_ROW_WITH_REASONS = 205, 360
"""Of a row of PaySim read, and written again with its scores."""
GETS_PER_RANGE, PUTS_PER_RANGE, WRITES_PER_RANGE = 3, 1, 1
"""Requests one after the other; one PUT more where rows are refused."""
COLD_START_S = 0.5 + 2 * S3_REQUEST_S
"""Until a worker that was not there begins: imports on one core, and the model's two files. How
long Lambda takes to give it a place is not known here, and not in it."""
TRANSITIONS = 6
"""Of the workflow around the map."""
CENTS = 6


def range_seconds(rows: float, memory_mb: float, *, reasons: bool) -> float:
    """Seconds that a warm worker needs for a range of so many rows."""
    rows_per_s = ROWS_PER_S_WITH_REASONS if reasons else ROWS_PER_S
    moved = MOVED_BYTES_PER_ROW_WITH_REASONS if reasons else MOVED_BYTES_PER_ROW
    waiting_s = s3_seconds(GETS_PER_RANGE + PUTS_PER_RANGE, rows * moved)
    return waiting_s + core_seconds(rows / rows_per_s, memory_mb)


def estimated_cost(
    rows: int, ranges: int, memory_mb: int, concurrency: int, *, reasons: bool
) -> CostEstimate:
    """Estimate the cost of a scoring.

    Parameters
    ----------
    rows, ranges
        How many rows in how many ranges.
    memory_mb
        Of the scoring function.
    concurrency
        Ranges scored at once, at most: so many workers start cold.
    """
    busy_s = ranges * range_seconds(rows / max(ranges, 1), memory_mb, reasons=reasons)
    busy_s += min(ranges, concurrency) * core_seconds(COLD_START_S, memory_mb)
    costs = {
        "lambda_usd": lambda_usd(busy_s, memory_mb, ranges),
        "step_functions_usd": express_usd(busy_s, ranges) + TRANSITIONS * TRANSITION_USD,
        "s3_usd": ranges * (GETS_PER_RANGE * GET_USD + PUTS_PER_RANGE * PUT_USD),
        "dynamodb_usd": ranges * WRITES_PER_RANGE * WRITE_USD,
    }
    rounded = {name: round(usd, CENTS) for name, usd in costs.items()}
    return CostEstimate(**rounded, total_usd=round(sum(costs.values()), CENTS))
