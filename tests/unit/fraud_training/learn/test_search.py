"""The search takes the best candidate that its budget allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from fraud.domain.features import BASIC
from fraud_training.learn.search import search
from fraud_training.learn.training_rows import TrainingRows

ROWS = 600


@dataclass(frozen=True)
class NoisyTruth:
    """A fitted candidate that knows the label in its first input, and adds noise."""

    noise: float
    estimator: Any = None

    def log_odds(self, X):
        return X[:, 0] + np.random.default_rng(0).normal(0, self.noise, len(X))

    def trees(self):
        raise NotImplementedError


@dataclass(frozen=True)
class FakeCandidate:
    name: str
    noise: float
    seconds: float
    algorithm: str = "fake"

    @property
    def parameters(self):
        return {"noise": self.noise}

    def work(self, rows, features):
        return self.seconds

    def fit(self, X, y_true, feature_set, seed):
        return NoisyTruth(self.noise)


@pytest.fixture
def training_rows():
    y_true = np.arange(ROWS) % 10 == 0
    X = np.repeat(y_true[:, None], 4, axis=1).astype(np.float32)
    keys = np.arange(ROWS, dtype=np.uint64)
    return TrainingRows(X, y_true, np.ones(ROWS), keys, BASIC, 1.0)


GOOD = FakeCandidate("good", 0.1, 1.0)
BAD = FakeCandidate("bad", 2.0, 1.0)


def test_the_candidate_with_the_best_average_precision_wins(training_rows):
    result = search([BAD, GOOD], training_rows, 3, 1, budget_s=100)
    assert result.best is GOOD
    assert [len(entry["auprc"]) for entry in result.record] == [3, 3]
    assert not result.stopped_by_clock


def test_equally_good_candidates_yield_to_the_earlier(training_rows):
    twin = FakeCandidate("twin", 0.1, 1.0)
    assert search([twin, GOOD], training_rows, 3, 1, budget_s=100).best is twin


def test_what_the_budget_does_not_cover_is_skipped_and_said(training_rows):
    result = search([BAD, FakeCandidate("dear", 0.1, 50.0), GOOD], training_rows, 3, 1, 10)
    assert result.best is GOOD
    assert [entry.get("skipped") for entry in result.record] == [None, "budget", None]


def test_the_first_candidate_is_tried_whatever_it_takes(training_rows):
    assert search([BAD, GOOD], training_rows, 3, 1, budget_s=0).best is BAD


def test_a_clock_far_beyond_the_budget_stops_the_search_and_is_recorded(training_rows):
    ticks = iter([0.0, 1_000.0])
    result = search([BAD, GOOD], training_rows, 3, 1, 100, clock=lambda: next(ticks))
    assert result.best is BAD
    assert result.stopped_by_clock
    assert result.record[1]["skipped"] == "clock"


def test_folds_have_both_classes_and_keep_equal_rows_together(training_rows):
    keys = np.repeat(np.arange(ROWS // 2, dtype=np.uint64), 2)
    y_true = (np.arange(ROWS) // 2) % 10 == 0
    rows = TrainingRows(training_rows.X, y_true, training_rows.amount, keys, BASIC, 1.0)
    folds = rows.folds(3)
    assert (folds[::2] == folds[1::2]).all()
    assert set(folds[y_true]) == set(folds[~y_true]) == {0, 1, 2}
