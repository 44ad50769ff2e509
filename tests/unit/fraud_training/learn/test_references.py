"""Scores are compared with ordinary rows."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.domain.features import BASIC
from fraud_training.learn.references import baseline, score_quantiles
from fraud_training.learn.score_table import ScoreTable, probability_of
from fraud_training.learn.training_rows import TrainingRows


def test_quantiles_are_those_of_legitimate_scores(scored):
    table = ScoreTable.of(scored.log_odds, scored.fraud)
    found = np.array(score_quantiles(table))
    expected = np.quantile(
        probability_of(scored.log_odds[~scored.fraud]), np.linspace(0, 1, 1001), method="lower"
    )
    assert len(found) == 1001
    assert (np.diff(found) >= 0).all()
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    assert (found >= expected * (1 - 1e-12)).all()


def test_no_row_tied_with_a_quantile_scores_above_it():
    tied = ScoreTable.of(np.full(100, -2.34567), np.zeros(100, dtype=bool))
    assert min(score_quantiles(tied)) >= probability_of(np.array([-2.34567]))[0]


def test_the_baseline_is_the_median_and_the_commonest_type_of_legitimate_rows():
    X = np.array([[1, 2, 5, 10], [2, 2, 6, 30], [9, 3, 7, 20], [9, 4, 99, 99]], dtype=np.float32)
    y_true = np.array([False, False, False, True])
    keys = np.arange(4, dtype=np.uint64)
    rows = TrainingRows(X, y_true, np.ones(4), keys, BASIC, 1.0)
    assert baseline(rows) == pytest.approx((2, 2, 6, 20))
