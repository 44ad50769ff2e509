"""Every candidate leaves training as the same function in ONNX."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.domain.features import TRANSACTION
from fraud_training.learn.boosting import Boosting
from fraud_training.learn.calibration import Calibration
from fraud_training.learn.effort import candidates
from fraud_training.learn.onnx_model import OnnxScorer, onnx_model
from fraud_training.learn.sample import Rates, draw_sample
from fraud_training.learn.score_table import probability_of
from fraud_training.learn.threads import one_thread
from fraud_training.learn.training_rows import TrainingRows
from fraud_training.learn.trees import rounded_down

CANDIDATES = [*candidates(10_000, quick=False), *candidates(100, quick=False)]


@pytest.fixture(scope="module")
def training_rows(spool):
    sample = draw_sample(spool, 1, Rates(1.0, 0.0))
    return TrainingRows.of(sample.records, TRANSACTION, 1.0)


def edge_rows(X: np.ndarray) -> np.ndarray:
    """Rows as they were fitted on, one step of float32 beside them, and far outside."""
    up, down = (np.nextafter(X, np.float32(to)) for to in (np.inf, -np.inf))
    for beside in (up, down):
        beside[:, 1] = X[:, 1]
        beside[np.abs(beside) < np.finfo(np.float32).tiny] = 0
    far = np.array([[0, 0, 0, 0, 0, 0], [23, 4, 35, 35, 35, 1e15], [0, 4, 0, 0, 0, -1e15]])
    return np.concatenate([X, up, down, far.astype(np.float32)])


@pytest.fixture(scope="module", params=CANDIDATES, ids=lambda c: c.name)
def fitted(request, training_rows):
    with one_thread():
        return request.param.fit(training_rows.X, training_rows.y_true, TRANSACTION, 1)


def test_onnx_answers_as_scikit_learn_does(fitted, training_rows):
    calibration = Calibration(1.3, -2.0)
    X = edge_rows(training_rows.X)
    scorer = OnnxScorer(onnx_model(fitted.trees(), calibration, X.shape[1]))
    expected = calibration.apply(fitted.log_odds(X))
    np.testing.assert_allclose(scorer.log_odds(X), expected, atol=2e-5)
    np.testing.assert_allclose(scorer.probability(X), probability_of(expected), atol=1e-5)


def test_a_candidate_ranks_frauds_above_other_rows(fitted, training_rows):
    scores = fitted.log_odds(training_rows.X)
    y_true = training_rows.y_true
    assert np.median(scores[y_true]) > np.quantile(scores[~y_true], 0.95)


def test_names_of_candidates_are_unique():
    assert len({c.name for c in CANDIDATES}) == len(CANDIDATES)


def test_more_rows_and_more_trees_are_more_work():
    small, large = (Boosting("b", trees, 0.1, 15, 10, 1.0) for trees in (50, 100))
    assert small.work(1_000, 4) < small.work(100_000, 4) < large.work(100_000, 4)


def test_thresholds_are_rounded_down_to_float32():
    exact = np.array([0.1, -0.1, 1.0, 16_777_217.0, 1e-40])
    narrow = rounded_down(exact)
    assert (narrow <= exact).all()
    assert (np.nextafter(narrow, np.float32(np.inf)) > exact).all()
