"""Predictions to log, as wide as real ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions

AT = datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC)
NUMBERS = ("amount", "oldbalanceDest", "newbalanceDest")
FEATURES = ("day_of_month", "type", "amount_log", "amount_dest")


def _reason(feature: str, rng: random.Random) -> dict[str, object]:
    value, contribution = round(rng.lognormvariate(10, 2), 2), round(rng.gauss(0, 3), 6)
    text = f"{feature} of {value:,.2f} raises the odds of fraud {rng.uniform(1, 999):.2f} times"
    return {"feature": feature, "value": value, "contribution": contribution, "text": text}


@pytest.fixture(scope="session")
def logged() -> Callable[..., LoggedPredictions]:
    """Makes the predictions of one request: a batch of n, or a single one."""

    def make(
        n: int | None = None, *, reasons: bool = True, at: datetime = AT, seed: int = 1
    ) -> LoggedPredictions:
        rng = random.Random(f"{n} {seed}")  # noqa: S311 - not for secrets
        size = n or 1
        types = [rng.choice(["TRANSFER", "CASH_OUT", "PAYMENT"]) for _ in range(size)]
        return LoggedPredictions(
            id=PredictionId.new(at),
            at=at,
            client="shop-checkout",
            request_id="3b9e7c1a-2c60-4c41-9d0a-1f8ee4d1c2a3",
            model_name="fraud-000001-ee6ed9c0",
            model_version=1,
            threshold=0.5,
            latency_ms=1.234,
            indexes=list(range(n)) if n is not None else None,
            inputs={
                "step": [rng.randint(1, 744) for _ in range(size)],
                "type": types,
                **{x: [round(rng.lognormvariate(11, 2), 2) for _ in types] for x in NUMBERS},
            },
            features={
                "day_of_month": [rng.randint(1, 31) for _ in range(size)],
                "type": types,
                "amount_log": [round(rng.gauss(11, 2), 6) for _ in range(size)],
                "amount_dest": [round(rng.lognormvariate(11, 2), 2) for _ in range(size)],
            },
            log_odds=[round(rng.gauss(-5, 3), 6) for _ in range(size)],
            probability=[round(rng.random(), 9) for _ in range(size)],
            risk_score=[rng.randrange(1001) for _ in range(size)],
            outcome=[rng.choice(["approve", "review", "block"]) for _ in range(size)],
            reasons=[[_reason(f, rng) for f in FEATURES] for _ in types] if reasons else None,
        )

    return make
