"""Collaborators of the health function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.settings import Settings


class HealthSettings(Settings):
    """Environment of the health function."""

    models_table: str
    monitoring_table: str


@cache
def settings() -> HealthSettings:
    """The function's settings."""
    return HealthSettings.from_environment()


@cache
def models() -> ModelsTable:
    """The model registry."""
    return ModelsTable(dynamodb_client(), settings().models_table)


@cache
def monitoring() -> MonitoringTable:
    """What the monitor concluded."""
    return MonitoringTable(dynamodb_client(), settings().monitoring_table)
