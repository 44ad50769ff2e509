"""What the card says of a model's quality beyond its metrics."""

from __future__ import annotations

from typing import Any

from fraud.domain.features import TYPE_CODES
from fraud_training.learn.curves import calibration_table, curves, ladder
from fraud_training.learn.drift_reference import input_distributions, score_distribution
from fraud_training.learn.held_out import GroupedTable
from fraud_training.learn.importance import permutation_importance
from fraud_training.learn.intervals import bootstrap_intervals
from fraud_training.learn.metrics import confusion, metrics_of
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.training import Learned, SplitResult

GROUP_METRICS = ("precision", "recall", "f1", "auprc", "alert_rate", "value_caught", "prevalence")


def evaluation(learned: Learned, resamples: int, seed: int) -> dict[str, Any]:
    """The card's `evaluation`.

    Parameters
    ----------
    resamples
        For the intervals; 0 leaves out all but point metrics.

    Returns
    -------
    dict
        `splits` (by name, the model's own first), `not_split` (why one is missing), `search`,
        `sampling`, `export`, and in full `importance` and `drift_reference`.
    """
    first = next(iter(learned.results.values()))
    found: dict[str, Any] = {
        "splits": {
            name: split_evaluation(result, resamples, seed)
            for name, result in learned.results.items()
        },
        "not_split": dict(learned.not_split),
        "search": {
            "budget_s": learned.search.budget_s,
            "candidates": learned.search.record,
            "stopped_by_clock": learned.search.stopped_by_clock,
        },
        "sampling": {
            "rate": first.train.rate,
            "fitted_rows": len(first.train.y_true),
            "fitted_frauds": first.train.frauds,
        },
        "export": {
            "rows": learned.export_rows,
            "largest_difference": learned.export_difference,
        },
    }
    if resamples:
        scorer = OnnxScorer(first.model.onnx)
        found["importance"] = permutation_importance(scorer, first.held_out, seed)
        found["drift_reference"] = {
            "inputs": input_distributions(first.train),
            "scores": score_distribution(first.scores.overall),
        }
    return found


def split_evaluation(result: SplitResult, resamples: int, seed: int) -> dict[str, Any]:
    """One split's rule, metrics and, in full, intervals, tables, curves and groups."""
    table, threshold = result.scores.overall, result.model.policy.threshold
    found: dict[str, Any] = {
        "rule": result.split.as_dict(),
        "held_out_rows": round(table.rows),
        "held_out_frauds": round(table.frauds),
        "threshold": threshold,
        "metrics": metrics_of(table, threshold),
        "confusion": dict(confusion(table, threshold)),
    }
    if resamples:
        found |= {
            "intervals": bootstrap_intervals(table, threshold, resamples, seed),
            "ladder": ladder(table, threshold),
            "calibration": calibration_table(table),
            "curves": curves(table),
            "by_type": {
                name: entry
                for name, code in TYPE_CODES.items()
                if (entry := _group(result.scores.by_type, code, threshold))
            },
            "by_day": {
                str(day): entry
                for day in range(len(result.scores.by_day.legit))
                if (entry := _group(result.scores.by_day, day, threshold))
            },
        }
    return found


def _group(groups: GroupedTable, group: int, threshold: float) -> dict[str, float]:
    """Rows, frauds and metrics of one group; empty where it has no rows."""
    table = groups.table(group)
    if not table.rows:
        return {}
    metrics = metrics_of(table, threshold)
    return {
        "rows": round(table.rows),
        "frauds": round(table.frauds),
        **{name: metrics[name] for name in GROUP_METRICS},
    }
