"""Collaborators of the predict function, made on first use."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from aws_lambda_powertools import Logger

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import prompt_dynamodb_client, prompt_sqs_client, s3_client
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.prediction_buffer import PredictionBuffer
from fraud.adapters.predictions_table import PredictionsTable
from fraud.settings import IdempotencySettings
from fraud_serving.champion import ChampionCache
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.served_model import ServedModel

logger = Logger(child=True)


class PredictSettings(IdempotencySettings):
    """Environment of the predict function."""

    models_table: str
    predictions_table: str
    log_buffer_queue_url: str
    data_bucket: str
    prediction_ttl_days: int = 400


@cache
def settings() -> PredictSettings:
    """The function's settings."""
    return PredictSettings.from_environment()


@cache
def champion() -> ChampionCache:
    """The enabled model, kept in memory."""
    return ChampionCache(
        ModelsTable(prompt_dynamodb_client(), settings().models_table),
        ArtifactsBucket(s3_client(), settings().data_bucket),
        _report,
    )


@cache
def log() -> PredictionLog:
    """Where predictions are written before they are answered."""
    keep = timedelta(days=settings().prediction_ttl_days)
    return PredictionLog(
        PredictionsTable(prompt_dynamodb_client(), settings().predictions_table, keep),
        PredictionBuffer(prompt_sqs_client, settings().log_buffer_queue_url),
    )


def _report(error: Exception, serving: ServedModel | None) -> None:
    """One line for the metric filter behind the alarm."""
    logger.error("model_not_loaded", reason=str(error), serving=serving.name if serving else None)
