"""One fitted, calibrated model with its thresholds, and its ONNX bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from fraud.domain.errors import DatasetError
from fraud.domain.model_cards import ThresholdPolicy
from fraud_training.learn.calibration import Calibration, platt, prior_shift
from fraud_training.learn.candidates import Candidate, Fitted
from fraud_training.learn.inputs import Flags, Matrix, Vector
from fraud_training.learn.onnx_model import OnnxScorer, onnx_model
from fraud_training.learn.score_table import ScoreTable, probability_of
from fraud_training.learn.threads import side_by_side
from fraud_training.learn.thresholds import PolicyChoice, choose_policy
from fraud_training.learn.training_rows import TrainingRows

TOLERANCE = 1e-5


@dataclass(frozen=True)
class TrainedModel:
    """Everything that fitting on one side of a split gives.

    Attributes
    ----------
    calibration
        From the estimator's log-odds to calibrated ones, prior correction included.
    policy
        Thresholds chosen on out-of-fold scores.
    """

    candidate: Candidate
    fitted: Fitted
    calibration: Calibration
    policy: ThresholdPolicy
    onnx: bytes

    def probability(self, X: Matrix) -> Vector:
        """Calibrated probability by scikit-learn, shape (n,)."""
        return probability_of(self.calibration.apply(self.fitted.log_odds(X)))


def train(
    candidate: Candidate,
    rows: TrainingRows,
    unseen: TrainingRows,
    folds: int,
    seed: int,
    choice: PolicyChoice,
) -> TrainedModel:
    """Fit on all rows; calibrate and set thresholds on scores of rows that no fit has seen.

    Parameters
    ----------
    unseen
        More legitimate rows of the same side of the split; may be none.
    """
    fold = rows.folds(folds)

    def fit(which: Flags) -> Fitted:
        part = rows.taken(which)
        return candidate.fit(part.X, part.y_true, rows.feature_set, seed)

    tasks = [partial(fit, fold != k) for k in range(folds)]
    *parts, fitted = side_by_side([*tasks, partial(fit, fold >= 0)], len(rows.y_true))
    scored = _unseen_scores(rows, unseen, fold, parts, fitted)
    shift = prior_shift(rows.rate)
    scaled = platt(scored.table(Calibration(1.0, shift)))
    calibration = Calibration(scaled.slope, scaled.intercept + scaled.slope * shift)
    return TrainedModel(
        candidate=candidate,
        fitted=fitted,
        calibration=calibration,
        policy=choose_policy(scored.table(calibration), choice),
        onnx=onnx_model(fitted.trees(), calibration, rows.X.shape[1]),
    )


@dataclass(frozen=True)
class _Scored:
    """Uncalibrated log-odds of rows unseen by what scored them; arrays of shape (n,)."""

    raw: Vector
    y_true: Flags
    amount: Vector
    weight: Vector

    def table(self, calibration: Calibration) -> ScoreTable:
        return ScoreTable.of(calibration.apply(self.raw), self.y_true, self.amount, self.weight)


def _unseen_scores(
    rows: TrainingRows,
    unseen: TrainingRows,
    fold: NDArray[np.int64],
    parts: Sequence[Fitted],
    fitted: Fitted,
) -> _Scored:
    """Out-of-fold scores of the frauds, and of the legitimate rows where there are none unseen.

    Where rows were sampled, the sample's few false alarms would stand for twenty times as many and
    make thresholds a matter of chance; the rows left out are more, and just as unseen.
    """
    wanted = rows.y_true | (len(unseen.y_true) == 0)
    raw = np.empty(len(rows.y_true))
    for k, part in enumerate(parts):
        there = wanted & (fold == k)
        raw[there] = part.log_odds(rows.X[there])
    more = _raw_scores(fitted, unseen.X) if len(unseen.y_true) else np.empty(0)
    return _Scored(
        raw=np.concatenate([raw[wanted], more]),
        y_true=np.concatenate([rows.y_true[wanted], unseen.y_true]),
        amount=np.concatenate([rows.amount[wanted], unseen.amount]),
        weight=np.concatenate([rows.weight[wanted], unseen.weight]),
    )


def _raw_scores(fitted: Fitted, X: Matrix) -> Vector:
    """By ONNX Runtime, which takes a third of the time."""
    scorer = OnnxScorer(onnx_model(fitted.trees(), Calibration(1.0, 0.0), X.shape[1]))
    halves = np.array_split(X, 2)
    parts = side_by_side([partial(scorer.log_odds, half) for half in halves], len(X))
    return np.concatenate(parts).astype(np.float64)


def check_export(model: TrainedModel, X: Matrix) -> float:
    """Compare ONNX Runtime with scikit-learn.

    Parameters
    ----------
    X
        Rows to compare on, shape (n, d).

    Returns
    -------
    float
        The largest difference between probabilities, at most 1e-5.

    Raises
    ------
    DatasetError
        When it is larger.
    """
    exported = OnnxScorer(model.onnx).probability(X)
    worst = float(np.abs(exported - model.probability(X)).max())
    if not worst <= TOLERANCE:
        raise DatasetError(
            f"the exported model answers otherwise than the fitted one, by up to {worst:.2g}: "
            "this is a fault of ours or of a library, not of the file; please report it",
            code="export_mismatch",
        )
    return worst
