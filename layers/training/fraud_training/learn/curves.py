"""Tables and curves of a model's quality, thin enough for a card."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud_training.learn.inputs import Vector
from fraud_training.learn.metrics import first_alert_of, from_top, ratio
from fraud_training.learn.score_table import ScoreTable, probability_of

MAX_POINTS = 200
_TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LADDER = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, *_TENTHS, 0.95, 0.99)
CALIBRATION_EDGES = (0.0, 0.0001, 0.001, 0.01, 0.05, *_TENTHS, 1.0)
HISTOGRAM_BINS = 64
_DECIMALS = 6


def ladder(table: ScoreTable, threshold: float) -> list[dict[str, float]]:
    """What other thresholds would give: one entry per rung, the one in force among them."""
    held, log_odds = table.compact()
    tp, fp = _up_to_none(held.fraud), _up_to_none(held.legit)
    caught = _up_to_none(held.fraud_amount)
    rungs = []
    for rung in sorted({*LADDER, threshold}):
        at = first_alert_of(log_odds, rung)
        precision, recall = ratio(tp[at], tp[at] + fp[at]), ratio(tp[at], tp[0])
        rungs.append(
            {
                "threshold": rung,
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(ratio(2 * tp[at], tp[at] + fp[at] + tp[0])),
                "alert_rate": float((tp[at] + fp[at]) / table.rows),
                "false_positive_rate": float(ratio(fp[at], fp[0])),
                "false_negative_rate": float(1 - recall),
                "value_caught": float(ratio(caught[at], caught[0])),
            }
        )
    return rungs


def calibration_table(table: ScoreTable) -> list[dict[str, float]]:
    """Predicted against observed frauds, by ranges of probability that hold rows."""
    held, log_odds = table.compact()
    cuts = [first_alert_of(log_odds, edge) for edge in CALIBRATION_EDGES[1:-1]]
    rows = held.legit + held.fraud
    expected = rows * probability_of(log_odds)
    entries = []
    for i, (first, last) in enumerate(zip([0, *cuts], [*cuts, len(rows)], strict=True)):
        count = rows[first:last].sum()
        if count:
            entries.append(
                {
                    "from": CALIBRATION_EDGES[i],
                    "to": CALIBRATION_EDGES[i + 1],
                    "rows": round(count),
                    "frauds": round(held.fraud[first:last].sum()),
                    "predicted": float(expected[first:last].sum() / count),
                    "observed": float(held.fraud[first:last].sum() / count),
                }
            )
    return entries


def curves(table: ScoreTable) -> dict[str, Any]:
    """Points of the curves, at most 200 each, and the distributions of scores.

    Returns
    -------
    dict
        `precision_recall`: [recall, precision]; `roc`: [false positive rate, recall];
        `error_rates`: [threshold, false negative rate, false positive rate], thresholds evenly
        spaced in probability; `scores`: `edges` in log-odds with the rows of each class between.
    """
    held, log_odds = table.compact()
    tp, fp = from_top(held.fraud)[::-1], from_top(held.legit)[::-1]
    recall, alarm = ratio(tp, tp[-1]), ratio(fp, fp[-1])
    precision = ratio(tp, tp + fp)
    by_recall, by_both = _thinned(recall), _thinned(recall + alarm)
    return {
        "precision_recall": _points(recall[by_recall], precision[by_recall]),
        "roc": _points(np.append(0.0, alarm[by_both]), np.append(0.0, recall[by_both])),
        "error_rates": _error_rates(held, log_odds),
        "scores": _histogram(held, log_odds),
    }


def _error_rates(held: ScoreTable, log_odds: Vector) -> list[list[float]]:
    tp, fp = _up_to_none(held.fraud), _up_to_none(held.legit)
    thresholds = np.linspace(0, 1, 101)
    at = np.array([first_alert_of(log_odds, p) for p in thresholds])
    return _points(thresholds, 1 - ratio(tp[at], tp[0]), ratio(fp[at], fp[0]))


def _histogram(held: ScoreTable, log_odds: Vector) -> dict[str, Any]:
    edges = np.linspace(log_odds[0], log_odds[-1] + 1e-9, HISTOGRAM_BINS + 1)
    return {
        "edges": edges.round(_DECIMALS).tolist(),
        "legit": np.histogram(log_odds, edges, weights=held.legit)[0].tolist(),
        "fraud": np.histogram(log_odds, edges, weights=held.fraud)[0].tolist(),
    }


def _up_to_none(counts: Vector) -> Vector:
    """Rows at or above each bin, and 0 above them all."""
    return np.append(from_top(counts), 0.0)


def _thinned(rising: Vector) -> NDArray[np.intp]:
    """Indices at which a rising curve has gone another 1/198 of its way, both ends included."""
    wanted = np.linspace(rising[0], rising[-1], MAX_POINTS - 1)
    last = len(rising) - 1
    return np.unique(np.append(np.searchsorted(rising, wanted).clip(0, last), last))


def _points(*columns: Vector) -> list[list[float]]:
    points: list[list[float]] = np.stack(columns, axis=1).round(_DECIMALS).tolist()
    return points
