"""Logged predictions scored again with another model, under its policy in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fraud.domain.errors import InvalidField
from fraud.domain.log_listing import LogRow
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.replays import ReplayCounts
from fraud.domain.shadows import Shadow
from fraud_serving.model_inputs import inputs_of_fields
from fraud_serving.served_model import ServedModel
from fraud_serving.shadow_scores import shadow_scores


def count_again(model: ServedModel, rows: Sequence[LogRow], counts: ReplayCounts) -> None:
    """Score logged predictions and count them beside what was answered.

    The model's inputs are derived from what was sent, by the code that predicts.

    Parameters
    ----------
    rows
        At least one.
    counts
        What is added to.
    """
    inputs = inputs_of_fields(_fields_sent([row.entry for row in rows]), model.feature_set)
    scores = shadow_scores(model, inputs.X) if inputs.rows else ()
    scored = dict(zip(inputs.rows, scores, strict=True))
    for i, row in enumerate(rows):
        shadow = Shadow(
            model_name=model.name,
            model_version=model.version,
            threshold=model.policy.threshold,
            shadow_ms=0.0,
            score=scored.get(i),
        )
        counts.add(row, shadow, _in_words(inputs.refused.get(i, ())))


def _fields_sent(entries: Sequence[PredictionEntry]) -> dict[str, list[Any]]:
    """Fields by name, those that no transaction has left out; None where one has none of them."""
    names = dict.fromkeys(name for entry in entries for name in entry.inputs)
    return {name: [entry.inputs.get(name) for entry in entries] for name in names}


def _in_words(lacking: Sequence[InvalidField]) -> str:
    return "; ".join(f"{field.field} {field.message}" for field in lacking)
