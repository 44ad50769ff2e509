"""The online path at rates that no machine here can send: what it takes, and what ends where.

`uv run python tests/benchmarks/scale_online.py` prints the tables of docs/scale.md.

References
----------
AWS Lambda Developer Guide, "Lambda quotas" (ten requests a second for each unit of concurrency) and
"Lambda scaling behavior"; Amazon API Gateway Developer Guide, "Amazon API Gateway quotas"; Amazon
DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively" and
"DynamoDB on-demand capacity mode"; AWS General Reference, "AWS X-Ray endpoints and quotas".
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

import cost
from tables import print_table

from fraud.domain.prediction_ids import LOG_SHARDS

type Row = tuple[str, ...]

RATES = (100, 1_000, 10_000, 100_000)
"""Predictions a second."""
GATEWAY_REQUESTS_PER_S = 10_000
STAGE_REQUESTS_PER_S = 1_000
"""The template's ThrottlingRatePerS."""
REQUESTS_PER_CONCURRENCY = 10
ENVIRONMENTS_AT_ONCE, ENVIRONMENTS_PER_S = 1_000, 100
PARTITION_UNITS_PER_S, NEW_TABLE_UNITS_PER_S, TABLE_UNITS_PER_S = 1_000, 4_000, 40_000
TRACE_SEGMENTS_PER_S = 2_600
TRACED = 0.05
SEGMENTS = 3
"""Of a traced request: API Gateway's, Lambda's, the function's."""


class Asking(NamedTuple):
    """A way to ask for predictions.

    Attributes
    ----------
    size
        Predictions in each request.
    ms
        Duration of one as measured (docs/speed-and-cost.md), with the call to DynamoDB.
    units
        Write units for each prediction, as `scale.py` counts them.
    """

    size: int
    ms: float
    units: float


SINGLE = Asking(1, cost.PREDICT_MS, 2)
BATCH = Asking(1_000, 1_000 / 86.5, 0.04)


class Limit(NamedTuple):
    """Something of which there is so much a second, and what one request or prediction takes."""

    name: str
    per_s: float
    for_request: float
    for_unit: float
    raise_by: str


LIMITS = (
    Limit("stage throttle", STAGE_REQUESTS_PER_S, 1, 0, "`ThrottlingRatePerS`, `ThrottlingBurst`"),
    Limit(
        "new on-demand table", NEW_TABLE_UNITS_PER_S, 0, 1, "traffic that grows, or warm throughput"
    ),
    Limit("API Gateway, account", GATEWAY_REQUESTS_PER_S, 1, 0, "quota"),
    Limit("Lambda, 10 requests a second for each of 1,000", 10_000, 1, 0, "quota of concurrency"),
    Limit(
        f"log, {LOG_SHARDS} partitions a day",
        LOG_SHARDS * PARTITION_UNITS_PER_S,
        0,
        1,
        "batches; `LOG_SHARDS` before the first prediction",
    ),
    Limit("X-Ray, 5 % of requests", TRACE_SEGMENTS_PER_S, TRACED * SEGMENTS, 0, "a sampling rule"),
    Limit("DynamoDB, one table", TABLE_UNITS_PER_S, 0, 1, "quota"),
)


def rate_rows() -> Iterator[Row]:
    """What single predictions at a rate take, a row each; the last sends batches."""
    for rate in RATES:
        yield _rate_row(f"{rate:,}", rate, SINGLE)
    yield _rate_row(f"{RATES[-1]:,}, in batches of 1,000", RATES[-1], BATCH)


def limit_rows() -> Iterator[Row]:
    """Every limit in the order in which single predictions reach it, and where batches do."""
    found = [(_most(limit, SINGLE), _most(limit, BATCH), limit) for limit in LIMITS]
    for single, batch, limit in sorted(found):
        yield (limit.name, f"{single:,}", f"{batch:,}", limit.raise_by)


def concurrency(rate: float, asking: Asking) -> int:
    """Units of Lambda's concurrency: by duration, or by requests a second, whichever is more."""
    requests = rate / asking.size
    return ceil(max(requests * asking.ms / 1000, requests / REQUESTS_PER_CONCURRENCY))


def _most(limit: Limit, asking: Asking) -> int:
    """Predictions a second that a limit lets through."""
    return round(limit.per_s / (limit.for_request / asking.size + limit.for_unit * asking.units))


def _rate_row(name: str, rate: float, asking: Asking) -> Row:
    requests = rate / asking.size
    at_once, units = concurrency(rate, asking), rate * asking.units
    logged_gb = requests * cost.LOG_BYTES * 86_400 / 1e9
    return (
        name,
        f"{requests * asking.ms / 1000:,.1f}",
        f"{at_once:,}",
        f"{max(0, at_once - ENVIRONMENTS_AT_ONCE) / ENVIRONMENTS_PER_S:,.0f} s",
        f"{units:,.0f}",
        f"{units / LOG_SHARDS:,.0f}",
        f"{logged_gb:,.0f} GB",
        f"{_usd_a_day(rate, asking):,.0f}",
    )


def _usd_a_day(rate: float, asking: Asking) -> float:
    """Lambda, API Gateway, DynamoDB writes, logs, X-Ray; what the rest costs is told elsewhere."""
    n = rate * 86_400
    requests = n / asking.size
    cents = cost.cents_per_million(asking.ms, cost.PREDICT_MB, "x86_64", asking.size)
    traced = requests * TRACED
    return (
        n / cost.MILLION * cents / 100
        + requests / cost.MILLION * cost.USD_PER_MILLION_API_REQUESTS
        + n * asking.units / cost.MILLION * cost.USD_PER_MILLION_WRITE_UNITS
        + requests * cost.LOG_BYTES / 1e9 * cost.USD_PER_GB_LOGGED
        + traced / cost.MILLION * cost.USD_PER_MILLION_TRACES
    )


def show() -> None:
    """Print them."""
    columns = ("busy", "concurrency", "reached in", "write units", "a partition", "logs", "USD")
    print_table("Online, predictions a second", ("a second", *columns), rate_rows())
    print_table("Limits", ("", "single a second", "in batches a second", "raise"), limit_rows())


if __name__ == "__main__":
    show()
