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
from fraud_serving.challenger import ChallengerCache
from fraud_serving.champion import ChampionCache
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.served_model import ServedModel
from fraud_serving.shadowing import ShadowScoring

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
        _models(),
        _artifacts(),
        _report,
        follower=challenger(),
    )


@cache
def challenger() -> ChallengerCache:
    """The model that is tried in the shadow, kept in memory; it follows the champion's looks."""
    return ChallengerCache(_models(), _artifacts(), _report_challenger)


@cache
def shadow() -> ShadowScoring:
    """Lets the challenger score its share of requests."""
    return ShadowScoring(challenger())


@cache
def log() -> PredictionLog:
    """Where predictions are written before they are answered."""
    keep = timedelta(days=settings().prediction_ttl_days)
    return PredictionLog(
        PredictionsTable(prompt_dynamodb_client(), settings().predictions_table, keep),
        PredictionBuffer(prompt_sqs_client, settings().log_buffer_queue_url),
    )


def collaborators() -> tuple[ServedModel, PredictionLog, ShadowScoring]:
    """What a prediction needs: the enabled model, the log, the challenger's shadow."""
    return champion().current(), log(), shadow()


@cache
def _models() -> ModelsTable:
    return ModelsTable(prompt_dynamodb_client(), settings().models_table)


@cache
def _artifacts() -> ArtifactsBucket:
    return ArtifactsBucket(s3_client(), settings().data_bucket)


def _report(error: Exception, serving: ServedModel | None) -> None:
    """One line for the metric filter behind the alarm."""
    logger.error("model_not_loaded", reason=str(error), serving=serving.name if serving else None)


def _report_challenger(message: str, error: Exception) -> None:
    """No error, and no alarm: predictions are none the worse for it."""
    logger.warning(message, reason=str(error))
