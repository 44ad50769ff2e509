"""Collaborators of the training_shard function."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, s3_transfer_client
from fraud.adapters.dataset_objects import DatasetObjects
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.training_parts import TrainingParts
from fraud.adapters.trainings_table import TrainingsTable
from fraud.settings import Settings
from fraud_training.registry import ModelRegistry
from fraud_training.shards.shard_work import ShardWork


class TrainingShardSettings(Settings):
    """Environment of the training_shard function."""

    trainings_table: str
    models_table: str
    data_bucket: str


@cache
def settings() -> TrainingShardSettings:
    """The function's settings."""
    return TrainingShardSettings.from_environment()


@cache
def work() -> ShardWork:
    """What works on shards."""
    models = RegistryChanges(dynamodb_client(), settings().models_table)
    bucket = ArtifactsBucket(s3_transfer_client(), settings().data_bucket)
    trainings = TrainingsTable(dynamodb_client(), settings().trainings_table)
    return ShardWork(
        objects=DatasetObjects(s3_transfer_client()),
        trainings=trainings,
        registry=ModelRegistry(models, bucket, trainings),
        parts_of=parts_of,
        work_dir=Path(tempfile.gettempdir()) / "fraud-shard",
    )


def parts_of(training_id: int) -> TrainingParts:
    """The parts of a training."""
    return TrainingParts(s3_transfer_client(), settings().data_bucket, training_id)
