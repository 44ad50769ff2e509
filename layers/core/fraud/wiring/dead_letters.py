"""Collaborators of the function that works off the trainings' dead letters."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.settings import Settings


class DeadLettersSettings(Settings):
    """Environment of the function."""

    trainings_table: str
    models_table: str


@cache
def settings() -> DeadLettersSettings:
    """The function's settings."""
    return DeadLettersSettings.from_environment()


@cache
def trainings() -> TrainingsTable:
    """The trainings table."""
    return TrainingsTable(dynamodb_client(), settings().trainings_table)


@cache
def models() -> ModelsTable:
    """The registry, to see how far a training came."""
    return ModelsTable(dynamodb_client(), settings().models_table)
