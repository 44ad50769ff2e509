"""Predictions as they are answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions
from fraud.domain.predictions import (
    BatchAnswer,
    BatchResult,
    ModelRef,
    PredictionAnswer,
    RefusedField,
    RefusedResult,
)
from fraud_serving.served_model import ServedModel

FIELDS_NAMED = 5
"""How many bad values of a skipped transaction are named. A thousand rows of nothing but unknown
fields would make an answer that Lambda, which takes 6 MB, does not let through."""

type Refused = Mapping[int, Sequence[InvalidField]]


def answer(predictions: LoggedPredictions) -> PredictionAnswer:
    """The answer for a single transaction."""
    (is_fraud,) = predictions.is_fraud
    return {
        "predictions": [1 if is_fraud else 0],
        "prediction_id": str(predictions.id),
        "is_fraud": is_fraud,
        "probability": predictions.probability[0],
        "risk_score": predictions.risk_score[0],
        "outcome": predictions.outcome[0],
        "threshold": predictions.threshold,
        "model": _model(predictions),
        "reasons": [*predictions.reasons[0]] if predictions.reasons else [],
    }


def batch_answer(predictions: LoggedPredictions, refused: Refused) -> BatchAnswer:
    """The answer for a batch: results in the order of the request, errors in their place."""
    results: list[BatchResult | RefusedResult] = [*_results(predictions)]
    for i in sorted(refused):
        results.insert(i, refusal(refused[i]))
    return {
        "predictions": [
            None if "error" in result else 1 if result["is_fraud"] else 0 for result in results
        ],
        "results": results,
        "prediction_id": predictions.id.base,
        "threshold": predictions.threshold,
        "model": _model(predictions),
    }


def nothing_scored(refused: Refused, model: ServedModel, batch_id: PredictionId) -> BatchAnswer:
    """The answer for a batch of which every transaction was skipped."""
    return {
        "predictions": [None] * len(refused),
        "results": [refusal(refused[i]) for i in sorted(refused)],
        "prediction_id": batch_id.base,
        "threshold": model.policy.threshold,
        "model": {"name": model.name, "version": model.version},
    }


def refusal(fields: Sequence[InvalidField]) -> RefusedResult:
    """What stands in the place of a transaction that was skipped."""
    return {
        "error": {
            "code": InvalidValue.code,
            "message": f"{fields[0].field}: {fields[0].message}",
            "field": fields[0].field,
            "fields": _named(fields),
        }
    }


def _named(fields: Sequence[InvalidField]) -> list[RefusedField]:
    named: list[RefusedField] = [
        {"field": f.field, "message": f.message} for f in fields[:FIELDS_NAMED]
    ]
    more = len(fields) - FIELDS_NAMED
    if more > 0:
        counted = f"has {more} more bad value{'s' if more > 1 else ''}"
        named.append({"field": "transaction", "message": counted})
    return named


def _results(predictions: LoggedPredictions) -> list[BatchResult]:
    columns = zip(
        predictions.indexes or (),
        predictions.is_fraud,
        predictions.probability,
        predictions.risk_score,
        predictions.outcome,
        strict=True,
    )
    base = predictions.id.base
    results: list[BatchResult] = [
        {
            "prediction_id": f"{base}-{index}",
            "is_fraud": is_fraud,
            "probability": probability,
            "risk_score": risk_score,
            "outcome": outcome,
        }
        for index, is_fraud, probability, risk_score, outcome in columns
    ]
    for result, reasons in zip(results, predictions.reasons or (), strict=False):
        result["reasons"] = [*reasons]
    return results


def _model(predictions: LoggedPredictions) -> ModelRef:
    return {"name": predictions.model_name, "version": predictions.model_version}
