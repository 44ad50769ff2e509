"""A fraud rate that changes is told from chance."""

from __future__ import annotations

import numpy as np
import pytest

from fraud_training.ingest.drift import drift_finding


def counts(rates: list[float], rows: int = 20_000, seed: int = 1):
    rng = np.random.default_rng(seed)
    rows_at = np.array([0, *[rows] * len(rates)])
    return rows_at, np.array([0, *rng.binomial(rows, rates)])


@pytest.mark.parametrize("seed", range(20))
def test_chance_is_not_a_drift(seed) -> None:
    assert drift_finding(*counts([0.002] * 30, seed=seed), "day_of_month") is None


def test_a_rate_that_trebles_is_a_drift_with_its_days() -> None:
    found = drift_finding(*counts([0.002] * 15 + [0.006] * 15), "day_of_month")
    assert found is not None
    assert found.column == "day_of_month"
    assert "0.2" in found.message or "0.1" in found.message
    assert "0.6" in found.message or "0.5" in found.message


def test_a_small_change_in_many_rows_is_not_worth_a_warning() -> None:
    assert drift_finding(*counts([0.002] * 15 + [0.003] * 15, rows=10**6), "step") is None


def test_a_single_day_or_few_frauds_cannot_drift() -> None:
    assert drift_finding(np.array([0, 1000]), np.array([0, 100]), "step") is None
    assert drift_finding(np.array([0, 500, 500]), np.array([0, 0, 9]), "step") is None
    assert drift_finding(np.array([0, 0]), np.array([0, 0]), "step") is None
