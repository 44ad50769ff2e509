"""Quality of scores, computed from binned counts.

Every function takes counts by ascending score on the last axis, so that a thousand resampled
tables are judged as one array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fraud_training.learn.inputs import Vector
from fraud_training.learn.score_table import ScoreTable, bin_of, log_odds_of, probability_of

type Counts = Vector
"""Shape (..., bins)."""

RATES = (
    "f1",
    "precision",
    "recall",
    "accuracy",
    "auc",
    "auprc",
    "log_loss",
    "brier",
    "value_caught",
    "alert_rate",
    "prevalence",
)


def rates(
    legit: Counts, fraud: Counts, fraud_amount: Counts, log_odds: Vector, first_alert: int
) -> dict[str, Any]:
    """All metrics at a threshold.

    Parameters
    ----------
    legit, fraud, fraud_amount
        Rows and amounts by ascending score, shape (..., bins).
    log_odds
        The bins' scores, shape (bins,).
    first_alert
        Bins from this one on are predicted to be frauds.

    Returns
    -------
    dict
        The names of `RATES` to arrays of shape (...).
    """
    positives, negatives = fraud.sum(-1), legit.sum(-1)
    rows = positives + negatives
    tp, fp = fraud[..., first_alert:].sum(-1), legit[..., first_alert:].sum(-1)
    p = probability_of(log_odds)
    return {
        "f1": ratio(2 * tp, tp + fp + positives),
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, positives),
        "accuracy": ratio(tp + negatives - fp, rows),
        "auc": roc_auc(legit, fraud),
        "auprc": average_precision(legit, fraud),
        "log_loss": ratio(
            (fraud * np.logaddexp(0, -log_odds) + legit * np.logaddexp(0, log_odds)).sum(-1), rows
        ),
        "brier": ratio((fraud * (1 - p) ** 2 + legit * p**2).sum(-1), rows),
        "value_caught": ratio(fraud_amount[..., first_alert:].sum(-1), fraud_amount.sum(-1)),
        "alert_rate": ratio(tp + fp, rows),
        "prevalence": ratio(positives, rows),
    }


def average_precision(legit: Counts, fraud: Counts) -> Any:
    """Area under the precision-recall curve, as the mean precision over recall steps.

    References
    ----------
    Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006: no
    straight lines between points; scikit-learn's `average_precision_score` is the same sum.
    """
    tp, fp = from_top(fraud), from_top(legit)
    return ratio((fraud * ratio(tp, tp + fp)).sum(-1), fraud.sum(-1))


def roc_auc(legit: Counts, fraud: Counts) -> Any:
    """Chance that a fraud scores above a legitimate row, ties counting half."""
    below = np.cumsum(legit, axis=-1) - legit / 2
    return ratio((fraud * below).sum(-1), fraud.sum(-1) * legit.sum(-1))


def from_top(counts: Counts) -> Counts:
    """Rows in each bin and all above it."""
    summed: Counts = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
    return summed


def ratio(part: Any, whole: Any) -> Any:
    """`part / whole`, and 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def metrics_of(table: ScoreTable, threshold: float) -> dict[str, float]:
    """All metrics of a table.

    Parameters
    ----------
    threshold
        Probability from which a row is predicted to be a fraud; the start of a bin.
    """
    held, log_odds = table.compact()
    found = rates(
        held.legit, held.fraud, held.fraud_amount, log_odds, first_alert_of(log_odds, threshold)
    )
    return {name: float(value) for name, value in found.items()}


def first_alert_of(log_odds: Vector, threshold: float) -> int:
    """The first bin at or above a threshold among bins given by their middles."""
    return int(np.searchsorted(log_odds, log_odds_of(threshold)))


def confusion(table: ScoreTable, threshold: float) -> Mapping[str, int]:
    """The four counts at a threshold."""
    # Half a bin up: a threshold is the start of a bin and must not fall into the one before.
    at = int(bin_of(np.array([log_odds_of(threshold)]) + 32.0 / table.bins, table.bins)[0])
    tp, fp = table.fraud[at:].sum(), table.legit[at:].sum()
    return {
        "true_positives": round(tp),
        "false_positives": round(fp),
        "false_negatives": round(table.frauds - tp),
        "true_negatives": round(table.legit.sum() - fp),
    }
