"""Collaborators of the models function, which only looks, and the registry function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, s3_client
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.registry_table import RegistryTable
from fraud.settings import Settings


class ModelsSettings(Settings):
    """Environment of both functions."""

    models_table: str
    data_bucket: str


@cache
def settings() -> ModelsSettings:
    """The function's settings."""
    return ModelsSettings.from_environment()


@cache
def models() -> RegistryTable:
    """The model registry, to look at."""
    return RegistryTable(dynamodb_client(), settings().models_table)


@cache
def changes() -> RegistryChanges:
    """The model registry, to change."""
    return RegistryChanges(dynamodb_client(), settings().models_table)


@cache
def bucket() -> ArtifactsBucket:
    """Where the models' files are."""
    return ArtifactsBucket(s3_client(), settings().data_bucket)
