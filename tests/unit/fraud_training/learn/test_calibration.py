"""Probabilities mean what they say, though most rows were left out of the fit."""

from __future__ import annotations

import numpy as np
import pytest

from fraud_training.learn.calibration import Calibration, platt, prior_shift
from fraud_training.learn.score_table import ScoreTable, probability_of


def test_prior_shift_undoes_sampling():
    odds, rate = 0.01, 0.05
    assert np.exp(np.log(odds / rate) + prior_shift(rate)) == pytest.approx(odds)


def test_platt_recovers_a_known_distortion():
    rng = np.random.default_rng(0)
    honest = rng.normal(-3, 2, 400_000)
    fraud = rng.random(400_000) < probability_of(honest)
    found = platt(ScoreTable.of((honest - 0.7) / 1.5, fraud))
    assert (found.slope, found.intercept) == pytest.approx((1.5, 0.7), abs=0.05)


def test_platt_undoes_sampling_by_weights():
    rng = np.random.default_rng(0)
    honest = rng.normal(-5, 2, 400_000)
    fraud = rng.random(400_000) < probability_of(honest)
    kept = fraud | (rng.random(400_000) < 0.1)
    weight = np.where(fraud, 1.0, 10.0)[kept]
    found = platt(ScoreTable.of(honest[kept] + np.log(10), fraud[kept], weight=weight))
    assert found.intercept + found.slope * np.log(10) == pytest.approx(0, abs=0.1)


def test_a_model_that_ranks_backwards_keeps_its_order():
    backwards = ScoreTable.of(np.array([3.0, 2.0, -2.0, -3.0]), np.array([0, 0, 1, 1]) == 1)
    assert platt(backwards) == Calibration(1.0, 0.0)


def test_perfect_separation_stays_finite():
    apart = ScoreTable.of(np.array([-3.0] * 50 + [3.0] * 50), np.arange(100) >= 50)
    found = platt(apart)
    assert np.isfinite([found.slope, found.intercept]).all()
    assert found.slope > 0
