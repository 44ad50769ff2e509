"""Collaborators of the health function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client
from fraud.adapters.models_table import ModelsTable
from fraud.settings import Settings


class HealthSettings(Settings):
    """Environment of the health function."""

    models_table: str


@cache
def models() -> ModelsTable:
    """The model registry."""
    return ModelsTable(dynamodb_client(), HealthSettings.from_environment().models_table)
