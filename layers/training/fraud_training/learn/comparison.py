"""Challenger against champion on the same held-out rows, with how sure the difference is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fraud.domain.comparisons import Comparison, Difference, MetricName, difference
from fraud.domain.model_cards import Metrics, ThresholdPolicy
from fraud_training.learn.enabled_model import EnabledModel, obstacle
from fraud_training.learn.inputs import Vector
from fraud_training.learn.intervals import interval_of
from fraud_training.learn.metrics import average_precision, metrics_of, ratio
from fraud_training.learn.paired_scores import GRID, PairedScores

F1_RESAMPLES = 2_000
AUPRC_RESAMPLES = 200


def compared(
    champion: EnabledModel,
    paired: PairedScores | None,
    columns: Sequence[str],
    metrics: Metrics,
    policy: ThresholdPolicy,
    seed: int,
) -> Comparison:
    """How a new model compares with the enabled one.

    Parameters
    ----------
    paired
        Scores of both on the same rows; None where the champion cannot score them, which leaves
        the two models' own cards.
    columns
        The dataset's.
    metrics, policy
        The challenger's, on those rows.
    """
    if paired is None:
        why = obstacle(champion, columns) or f"{champion.record.name} has not scored all rows"
        return Comparison.of_cards(metrics, policy, champion.record, why)
    theirs = metrics_of(paired.champion, champion.record.policy.threshold)
    lead = metrics.auprc - theirs["auprc"]
    differences: dict[MetricName, Difference] = {
        "f1": difference(theirs["f1"], metrics.f1, f1_interval(paired, seed)),
        "auprc": difference(theirs["auprc"], metrics.auprc, auprc_interval(paired, lead, seed)),
    }
    rows = round(paired.champion.rows)
    return Comparison.of(champion.record, policy, differences, rows=rows)


def f1_interval(paired: PairedScores, seed: int) -> tuple[float, float]:
    """95 % interval of the challenger's F1 less the champion's, by the paired bootstrap.

    F1 at fixed thresholds depends on no more than a row's label and both verdicts, so drawing rows
    with replacement is drawing the eight joint counts; each gets a Poisson count with its own count
    as mean, as in `bootstrap_intervals`. Rows on which the models agree move both F1 together: the
    interval is narrower than that of two independent measurements.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.poisson(paired.alerts, (F1_RESAMPLES, 2, 2, 2)).astype(np.float64)
    return interval_of(_f1(drawn.sum(axis=2)) - _f1(drawn.sum(axis=3)))


def auprc_interval(paired: PairedScores, lead: float, seed: int) -> tuple[float, float]:
    """95 % interval of the challenger's AUPRC less the champion's, by the paired bootstrap.

    As `f1_interval`, with the joint counts of both scores in place of both verdicts; rows within
    0.125 of each other in log-odds count as tied, and the interval is moved by what those ties do
    to the difference itself.

    Parameters
    ----------
    lead
        The difference by the models' own, finer tables.
    """
    rng = np.random.default_rng(seed)
    legit, fraud = _Cells(paired.legit), _Cells(paired.fraud)
    found = np.empty(AUPRC_RESAMPLES)
    for i in range(AUPRC_RESAMPLES):
        found[i] = _lead(legit.drawn(rng), fraud.drawn(rng))
    return interval_of(found + (lead - _lead(legit.counted(), fraud.counted())))


def _lead(legit: _Sides, fraud: _Sides) -> float:
    champion, challenger = (average_precision(*side) for side in zip(legit, fraud, strict=True))
    return float(challenger - champion)


type _Sides = tuple[Vector, Vector]
"""Rows by the champion's and by the challenger's score, each of shape (GRID,)."""


class _Cells:
    """The cells of a joint table that hold rows."""

    def __init__(self, counts: Vector) -> None:
        self._champion, self._challenger = np.nonzero(counts)
        self._counts = counts[self._champion, self._challenger]

    def counted(self) -> _Sides:
        """The rows as they are."""
        return self._by_side(self._counts)

    def drawn(self, rng: np.random.Generator) -> _Sides:
        """Rows drawn again."""
        return self._by_side(rng.poisson(self._counts).astype(np.float64))

    def _by_side(self, rows: Vector) -> _Sides:
        return (
            np.bincount(self._champion, weights=rows, minlength=GRID),
            np.bincount(self._challenger, weights=rows, minlength=GRID),
        )


def _f1(counts: Vector) -> Vector:
    """F1 of counts by label and verdict, shape (..., 2, 2)."""
    tp, fp = counts[..., 1, 1], counts[..., 0, 1]
    f1: Vector = ratio(2 * tp, tp + fp + counts[..., 1, :].sum(axis=-1))
    return f1
