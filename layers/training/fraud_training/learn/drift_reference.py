"""How inputs and scores were distributed at training, to tell later whether they still are."""

from __future__ import annotations

from typing import Any

import numpy as np

from fraud_training.learn.inputs import Vector
from fraud_training.learn.score_table import ScoreTable, probability_of
from fraud_training.learn.training_rows import TrainingRows

BINS = 20


def input_distributions(rows: TrainingRows) -> dict[str, dict[str, Any]]:
    """Shares of the training data, sampling undone, in about 20 bins per number.

    Returns
    -------
    dict
        By input: `edges` (k inner edges, ascending) and `shares` (k + 1, of values up to each edge
        and above the last); or `categories` and `shares`. The population stability index compares
        these shares with those of later rows (Siddiqi, "Credit Risk Scorecards", 2006, ch. 8).
    """
    weight = rows.weight
    found: dict[str, dict[str, Any]] = {}
    for feature, column in zip(rows.feature_set.features, rows.X.T, strict=True):
        if feature.kind == "category":
            counts = np.bincount(
                column.astype(np.int64), weights=weight, minlength=len(feature.categories)
            )
            found[feature.name] = {
                "categories": list(feature.categories),
                "shares": _shares(counts),
            }
        else:
            edges = _edges(column.astype(np.float64), weight)
            counts = np.bincount(
                np.searchsorted(edges, column), weights=weight, minlength=len(edges) + 1
            )
            found[feature.name] = {"edges": edges.tolist(), "shares": _shares(counts)}
    return found


def score_distribution(table: ScoreTable) -> dict[str, Any]:
    """The same for held-out probabilities.

    Each edge lies halfway, in log-odds, between the last score counted below it and the next one
    there is: a tree model gives whole groups of rows one score, and such a group must not change
    sides when the score is computed again in 32 bits.
    """
    held, log_odds = table.compact()
    weight = held.legit + held.fraud
    last_below = np.searchsorted(log_odds, _edges(log_odds, weight))
    edges = (log_odds[last_below] + log_odds[last_below + 1]) / 2
    counts = np.bincount(np.searchsorted(edges, log_odds), weights=weight, minlength=len(edges) + 1)
    return {"edges": probability_of(edges).tolist(), "shares": _shares(counts)}


def _edges(values: Vector, weight: Vector) -> Vector:
    """Inner quantiles, doubled ones once, none at the top, where no row would lie above."""
    inner = np.linspace(0, 1, BINS + 1)[1:-1]
    held = weight > 0
    edges = np.quantile(values[held], inner, weights=weight[held], method="inverted_cdf")
    distinct: Vector = np.unique(edges)
    return distinct[distinct < values[held].max()]


def _shares(counts: Vector) -> list[float]:
    shares: list[float] = (counts / counts.sum()).tolist()
    return shares
