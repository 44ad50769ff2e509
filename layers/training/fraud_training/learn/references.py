"""What a score is compared with: the legitimate rows' scores, and one ordinary row."""

from __future__ import annotations

import numpy as np

from fraud_training.learn.metrics import from_top
from fraud_training.learn.score_table import ScoreTable, lower_edge, probability_of
from fraud_training.learn.training_rows import TrainingRows

PER_MILLE = 1001


def score_quantiles(table: ScoreTable) -> tuple[float, ...]:
    """Probabilities of held-out legitimate rows at the per-mille points 0 to 1000.

    Each is the upper end of its bin, so that no row of the bin scores above it: rows that are
    tied with a quantile do not count as higher.
    """
    at_least = from_top(table.legit)
    up_to = at_least[0] - np.append(at_least[1:], 0.0)
    ranks = np.linspace(0, 1, PER_MILLE) * (at_least[0] - 1) + 1
    at = np.searchsorted(up_to, np.floor(ranks))
    return tuple(
        probability_of(np.array([lower_edge(i + 1, table.bins) for i in at.tolist()])).tolist()
    )


def baseline(rows: TrainingRows) -> tuple[float, ...]:
    """An ordinary legitimate row: the median of every number, the commonest of every category."""
    legit = rows.X[~rows.y_true]
    return tuple(
        float(np.bincount(column.astype(np.int64)).argmax())
        if feature.kind == "category"
        else float(np.quantile(column, 0.5, method="lower"))
        for feature, column in zip(rows.feature_set.features, legit.T, strict=True)
    )
