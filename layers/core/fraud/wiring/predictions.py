"""Collaborators of the predictions function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client
from fraud.adapters.labels import Labels
from fraud.adapters.log_pages import LogPages
from fraud.adapters.prediction_reading import PredictionReading
from fraud.settings import IdempotencySettings


class PredictionsSettings(IdempotencySettings):
    """Environment of the predictions function."""

    predictions_table: str


@cache
def settings() -> PredictionsSettings:
    """The function's settings."""
    return PredictionsSettings.from_environment()


@cache
def log() -> PredictionReading:
    """The prediction log, one by one."""
    return PredictionReading(dynamodb_client(), settings().predictions_table)


@cache
def pages() -> LogPages:
    """The prediction log, listed."""
    return LogPages(dynamodb_client(), settings().predictions_table)


@cache
def labels() -> Labels:
    """Labels beside the predictions."""
    return Labels(dynamodb_client(), settings().predictions_table)
