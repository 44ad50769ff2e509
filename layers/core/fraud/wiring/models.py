"""Collaborators of the models function, which only looks, and the registry function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, s3_client
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.registry_table import RegistryTable
from fraud.settings import IdempotencySettings, Settings


class StoresSettings(Settings):
    """Environment that both functions have."""

    models_table: str
    data_bucket: str


class RegistrySettings(StoresSettings, IdempotencySettings):
    """Environment of the registry function."""


class ModelsSettings(StoresSettings):
    """Environment of the models function."""

    monitoring_table: str


@cache
def settings() -> StoresSettings:
    """The settings that both functions have."""
    return StoresSettings.from_environment()


@cache
def models() -> RegistryTable:
    """The model registry, to look at."""
    return RegistryTable(dynamodb_client(), settings().models_table)


@cache
def changes() -> RegistryChanges:
    """The model registry, to change."""
    return RegistryChanges(dynamodb_client(), settings().models_table)


@cache
def monitoring() -> MonitoringTable:
    """What the monitor has counted of challengers; the models function's alone."""
    table = ModelsSettings.from_environment().monitoring_table
    return MonitoringTable(dynamodb_client(), table)


def stores() -> tuple[RegistryTable, ArtifactsBucket, MonitoringTable]:
    """What a comparison reads."""
    return models(), bucket(), monitoring()


@cache
def bucket() -> ArtifactsBucket:
    """Where the models' files are."""
    return ArtifactsBucket(s3_client(), settings().data_bucket)
