"""From a model's raw log-odds to honest ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fraud_training.learn.inputs import Vector
from fraud_training.learn.score_table import ScoreTable, probability_of

NEWTON_STEPS = 50
SETTLED = 1e-10


@dataclass(frozen=True)
class Calibration:
    """`log_odds = slope * raw + intercept`."""

    slope: float
    intercept: float

    def apply(self, raw: Vector) -> Vector:
        """Calibrated log-odds, shape (n,)."""
        return self.slope * raw + self.intercept


def prior_shift(rate: float) -> float:
    """What sampling legitimate rows at a rate adds to the log-odds, negated.

    References
    ----------
    King and Zeng, "Logistic regression in rare events data", Political Analysis 9(2), 2001; Dal
    Pozzolo et al., "Calibrating probability with undersampling", IEEE SSCI 2015.
    """
    return float(np.log(rate))


def platt(table: ScoreTable) -> Calibration:
    """Fit slope and intercept on out-of-fold scores by maximum likelihood.

    Parameters
    ----------
    table
        Scores whose counts are weighted back to the prevalence of the data.

    Returns
    -------
    Calibration
        With a positive slope: a model that ranks backwards gets the identity's slope.

    References
    ----------
    Platt, "Probabilistic outputs for support vector machines", 1999, with its targets just inside
    0 and 1; Newton's method with backtracking as in Lin, Lin, Weng, "A note on Platt's
    probabilistic outputs", Machine Learning 68, 2007.
    """
    held, raw = table.compact()
    weight = held.legit + held.fraud
    hit, miss = (held.frauds + 1) / (held.frauds + 2), 1 / (held.legit.sum() + 2)
    target = (held.fraud * hit + held.legit * miss) / weight
    design = np.stack([raw, np.ones_like(raw)])
    found = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        step = _newton_step(design, weight, target, found)
        scale = 1.0
        while scale > SETTLED and _loss(design, weight, target, found - scale * step) > _loss(
            design, weight, target, found
        ):
            scale /= 2
        found = found - scale * step
        if np.abs(scale * step).max() < SETTLED:
            break
    slope, intercept = float(found[0]), float(found[1])
    return Calibration(slope, intercept) if slope > 0 else Calibration(1.0, 0.0)


def _loss(design: Vector, weight: Vector, target: Vector, at: Vector) -> float:
    z = at @ design
    return float(weight @ (np.logaddexp(0, z) - target * z))


def _newton_step(design: Vector, weight: Vector, target: Vector, at: Vector) -> Vector:
    p = probability_of(at @ design)
    gradient = design @ (weight * (p - target))
    curvature = (design * (weight * p * (1 - p))) @ design.T
    step: Vector = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
    return step
