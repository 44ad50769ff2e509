"""Predict: derive, score, decide, explain, log, answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import cast

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.features import FeatureSet
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions, Value
from fraud.domain.predictions import BatchAnswer, BatchRequest, PredictionAnswer
from fraud_serving.answers import answer, batch_answer, nothing_scored
from fraud_serving.model_inputs import AnyForm, ModelInputs, model_inputs
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.served_model import ServedModel
from fraud_serving.shadowing import ChampionsRows, ShadowScoring

LOG_ODDS_DECIMALS = 6
LATENCY_DECIMALS = 3
FEATURE_DECIMALS = 6


@dataclass(frozen=True)
class Asked:
    """Who asked, in which request, and when it began."""

    client: str
    request_id: str
    at: datetime
    started_s: float

    @classmethod
    def now(cls, client: str, request_id: str) -> Asked:
        """A request that begins now."""
        return cls(client, request_id, datetime.now(UTC), perf_counter())

    @property
    def latency_ms(self) -> float:
        """Time since it began."""
        return round((perf_counter() - self.started_s) * 1000, LATENCY_DECIMALS)


def predict(
    transaction: AnyForm,
    asked: Asked,
    model: ServedModel,
    log: PredictionLog,
    shadow: ShadowScoring | None = None,
) -> PredictionAnswer:
    """Score one transaction and say why; in the shadow, let the challenger score it too.

    Raises
    ------
    InvalidValue
        When the model's inputs cannot be derived from it; names the fields that are needed.
    Unavailable
        When the prediction could not be logged.
    """
    inputs = model_inputs([transaction], model.feature_set)
    if inputs.refused:
        raise _cannot_score(model.feature_set, inputs.refused[0])
    predictions = _predictions(inputs, None, asked, model, with_reasons=True)
    if shadow:
        rows = ChampionsRows([transaction], inputs, model.feature_set)
        predictions.shadow = shadow.score(predictions.id, rows)
    log.write(predictions)
    return answer(predictions)


def predict_batch(
    request: BatchRequest,
    asked: Asked,
    model: ServedModel,
    log: PredictionLog,
    shadow: ShadowScoring | None = None,
) -> BatchAnswer:
    """Score up to a thousand transactions, in order; in the shadow, the challenger does too.

    Raises
    ------
    InvalidValue
        When one cannot be scored and the request does not say to skip it; names every index and
        field.
    Unavailable
        When the predictions could not be logged.
    """
    batch = request.transactions
    if not batch.transactions:
        return nothing_scored(batch.refused, model, PredictionId.new(asked.at))
    inputs = model_inputs(batch.transactions, model.feature_set)
    unscored = {batch.indexes[row]: fields for row, fields in inputs.refused.items()}
    if unscored and request.on_error == "fail":
        raise _cannot_score(model.feature_set, _by_path(unscored))
    refused = {**batch.refused, **unscored}
    if not inputs.rows:
        return nothing_scored(refused, model, PredictionId.new(asked.at))
    indexes = [batch.indexes[row] for row in inputs.rows]
    predictions = _predictions(inputs, indexes, asked, model, with_reasons=request.reasons)
    if shadow:
        scored = [batch.transactions[row] for row in inputs.rows]
        rows = ChampionsRows(scored, inputs, model.feature_set)
        predictions.shadow = shadow.score(predictions.id, rows)
    log.write(predictions)
    return batch_answer(predictions, refused)


def _predictions(
    inputs: ModelInputs,
    indexes: Sequence[int] | None,
    asked: Asked,
    model: ServedModel,
    *,
    with_reasons: bool,
) -> LoggedPredictions:
    reasons = None
    if with_reasons:
        explained, reasons = model.explain(inputs.X, inputs.values)
        log_odds, probability = explained.log_odds, explained.probability
    else:
        log_odds, probability = model.scorer.score(inputs.X)
    decisions = model.decider.decide(probability)
    return LoggedPredictions(
        id=PredictionId.new(asked.at),
        at=asked.at,
        client=asked.client,
        request_id=asked.request_id,
        model_name=model.name,
        model_version=model.version,
        threshold=model.policy.threshold,
        latency_ms=asked.latency_ms,
        indexes=indexes,
        inputs=inputs.sent,
        features=_by_name(inputs, model.feature_set),
        log_odds=log_odds.round(LOG_ODDS_DECIMALS).tolist(),
        probability=decisions.probability,
        risk_score=decisions.risk_score,
        outcome=decisions.outcome,
        reasons=reasons,
    )


def _by_name(inputs: ModelInputs, feature_set: FeatureSet) -> dict[str, Sequence[Value]]:
    """Features as the log keeps them: as sent where they were sent, else rounded."""
    columns: dict[str, Sequence[Value]] = {}
    derived = inputs.values.round(FEATURE_DECIMALS).T.tolist()
    for feature, column in zip(feature_set.features, derived, strict=True):
        sent = inputs.sent.get(feature.name, (None,))
        if feature.kind == "category":
            columns[feature.name] = [feature.categories[int(code)] for code in column]
        else:
            columns[feature.name] = column if None in sent else cast("Sequence[Value]", sent)
    return columns


def _by_path(refused: Mapping[int, Sequence[InvalidField]]) -> list[InvalidField]:
    return [
        InvalidField(f"transactions.{i}.{f.field}", f.message)
        for i, fields in sorted(refused.items())
        for f in fields
    ]


def _cannot_score(feature_set: FeatureSet, fields: Sequence[InvalidField]) -> InvalidValue:
    complaints: dict[str, dict[str, None]] = {}
    for f in fields:
        complaints.setdefault(f.message, {})[f.field.rpartition(".")[2]] = None
    listed = "; ".join(f"{', '.join(names)} {message}" for message, names in complaints.items())
    message = f"the enabled model takes the feature set {feature_set.name!r}: {listed}"
    return InvalidValue(message, fields)
