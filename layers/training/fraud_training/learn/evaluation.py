"""What the card says of a model's quality beyond its metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud.domain.features import TYPE_CODES
from fraud_training.learn.curves import calibration_table, curves, ladder
from fraud_training.learn.draft import Draft, SplitDraft
from fraud_training.learn.drift_reference import score_distribution
from fraud_training.learn.held_out import GroupedTable, HeldOutScores
from fraud_training.learn.intervals import bootstrap_intervals
from fraud_training.learn.metrics import confusion, metrics_of
from fraud_training.learn.splits import SplitName

GROUP_METRICS = ("precision", "recall", "f1", "auprc", "alert_rate", "value_caught", "prevalence")


def evaluation(draft: Draft, scores: Mapping[SplitName, HeldOutScores]) -> dict[str, Any]:
    """The card's `evaluation`.

    Parameters
    ----------
    scores
        Of all held-out rows of the dataset, by split.

    Returns
    -------
    dict
        `splits` (by name, the model's own first), `not_split` (why one is missing), `search`,
        `sampling`, `export`, and in full `importance` and `drift_reference`.
    """
    found: dict[str, Any] = {
        "splits": {
            name: split_evaluation(split, scores[name], draft.resamples, draft.seed)
            for name, split in draft.splits.items()
        },
        "not_split": draft.not_split,
        "search": draft.search,
        "sampling": draft.sampling,
        "export": draft.export,
    }
    if draft.resamples:
        found["importance"] = draft.importance
        found["drift_reference"] = {
            "inputs": draft.inputs,
            "scores": score_distribution(scores[draft.split].overall),
        }
    return found


def split_evaluation(
    split: SplitDraft, scores: HeldOutScores, resamples: int, seed: int
) -> dict[str, Any]:
    """One split's rule, metrics and, in full, intervals, tables, curves and groups."""
    table, threshold = scores.overall, split.policy.threshold
    found: dict[str, Any] = {
        "rule": split.rule.as_dict(),
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
                if (entry := _group(scores.by_type, code, threshold))
            },
            "by_day": {
                str(day): entry
                for day in range(len(scores.by_day.legit))
                if (entry := _group(scores.by_day, day, threshold))
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
