"""Two models' scores of the same rows, in bounded memory: joint counts, which add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import FeatureSet
from fraud_training.learn.inputs import Flags, Records, Vector, input_matrix
from fraud_training.learn.metrics import first_alert_of
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.score_table import ScoreTable, bin_of, middles

GRID = 512
"""Bins a side of the joint counts: 4 MiB, and steps of 0.125 in log-odds."""


@dataclass(frozen=True)
class Rival:
    """The champion, to score a challenger's held-out rows with, and both thresholds in force."""

    scorer: OnnxScorer
    feature_set: FeatureSet
    threshold: float
    challenger_threshold: float


@dataclass(frozen=True)
class PairedScores:
    """What is kept of two models' scores of the same rows.

    Attributes
    ----------
    champion
        The champion's scores; the challenger's have their own table.
    alerts
        Rows by label, the champion's verdict and the challenger's, shape (2, 2, 2).
    legit, fraud
        Rows by the champion's and the challenger's score, shape (GRID, GRID).
    """

    champion: ScoreTable
    alerts: Vector
    legit: Vector
    fraud: Vector

    def __add__(self, other: PairedScores) -> PairedScores:
        return PairedScores(
            self.champion + other.champion,
            self.alerts + other.alerts,
            self.legit + other.legit,
            self.fraud + other.fraud,
        )


def paired_scores(
    held: Records, rival: Rival, challenger: Vector, fraud: Flags, amount: Vector
) -> PairedScores:
    """Score held-out rows with the champion as well.

    Parameters
    ----------
    challenger
        The new model's log-odds of the same rows, shape (n,).
    """
    X = input_matrix(held, rival.feature_set)
    champion = rival.scorer.log_odds(X).astype(np.float64)
    at = bin_of(champion, GRID) * GRID + bin_of(challenger, GRID)
    verdicts = (
        fraud * 4
        + _alerts(champion, rival.threshold) * 2
        + _alerts(challenger, rival.challenger_threshold)
    )
    return PairedScores(
        champion=ScoreTable.of(champion, fraud, amount),
        alerts=np.bincount(verdicts, minlength=8).reshape(2, 2, 2).astype(np.float64),
        legit=_grid(at[~fraud]),
        fraud=_grid(at[fraud]),
    )


def _alerts(log_odds: Vector, threshold: float) -> Flags:
    """By whole bins, as every other metric is."""
    above: Flags = bin_of(log_odds) >= first_alert_of(middles(), threshold)
    return above


def _grid(at: NDArray[np.int64]) -> Vector:
    return np.bincount(at, minlength=GRID * GRID).reshape(GRID, GRID).astype(np.float64)
