"""What was asked and answered lately, whatever model answered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.hour_counts import ModelCounts
from fraud.domain.latencies import latency_quantile

MEDIAN, SLOWEST = 0.5, 0.95
RATE_DECIMALS = 6
MS_DECIMALS = 3


class Latency(BaseModel):
    """From the handler's call to just before the prediction was logged, in milliseconds."""

    p50_ms: Annotated[float, Field(description="Median; within 10 % of the exact one.")]
    p95_ms: Annotated[float, Field(description="95 % were faster; within 10 %.")]


class ServerErrors(BaseModel):
    """Answers of the whole API with status 5xx, as API Gateway counted them."""

    count: Annotated[int, Field(ge=0)]
    requests: Annotated[int, Field(ge=0, description="All answers of the API, to any route.")]
    rate: Annotated[float, Field(ge=0, le=1)]


class Outcomes(BaseModel):
    """Predictions by outcome."""

    approve: int = 0
    review: int = 0
    block: int = 0


class Traffic(BaseModel):
    """Logged predictions of some time, whatever model made them; refused requests are not in it."""

    model_config = ConfigDict(populate_by_name=True)

    since: datetime
    until: datetime
    requests: Annotated[int, Field(description="Answered requests; a batch is one.")]
    predictions: int
    fraud_rate: Annotated[
        float | None, Field(description="Share of predictions at or above the threshold.")
    ]
    outcomes: Outcomes
    latency: Latency | None
    errors: Annotated[
        ServerErrors | None,
        Field(description="Null where API Gateway's metrics say nothing, as on the emulator."),
    ] = None


def traffic_of(
    parts: Iterable[ModelCounts], since: datetime, until: datetime, errors: ServerErrors | None
) -> Traffic:
    """Sum up some time."""
    total = ModelCounts.sum_of(
        part.model_copy(update={"scores": [], "features": {}}) for part in parts
    )
    return Traffic(
        since=since,
        until=until,
        requests=total.requests,
        predictions=total.predictions,
        fraud_rate=_rate(total),
        outcomes=Outcomes.model_validate(total.outcomes),
        latency=_latency(total),
        errors=errors,
    )


def _rate(total: ModelCounts) -> float | None:
    if not total.predictions:
        return None
    return round(total.frauds / total.predictions, RATE_DECIMALS)


def _latency(total: ModelCounts) -> Latency | None:
    p50 = latency_quantile(total.latency, MEDIAN)
    p95 = latency_quantile(total.latency, SLOWEST)
    if p50 is None or p95 is None:
        return None
    return Latency(p50_ms=round(p50, MS_DECIMALS), p95_ms=round(p95, MS_DECIMALS))
