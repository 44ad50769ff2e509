"""Collaborators of the training_join function."""

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
from fraud.services.trainings import LinkRules
from fraud.settings import LinkSettings
from fraud_training.registry import ModelRegistry
from fraud_training.shards.joining import JoiningSteps
from fraud_training.shards.planning import ShardLimits, ShardPlanner


class TrainingJoinSettings(LinkSettings):
    """Environment of the training_join function."""

    trainings_table: str
    models_table: str
    training_shard_bytes: int
    training_max_concurrency: int
    training_tolerated_failure_percentage: float
    training_max_rows: int
    training_max_cost_usd: float
    training_shard_memory_mb: int
    trainer_memory_mb: int


@cache
def settings() -> TrainingJoinSettings:
    """The function's settings."""
    return TrainingJoinSettings.from_environment()


@cache
def steps() -> JoiningSteps:
    """What runs the steps."""
    models = RegistryChanges(dynamodb_client(), settings().models_table)
    bucket = ArtifactsBucket(s3_transfer_client(), settings().data_bucket)
    trainings = TrainingsTable(dynamodb_client(), settings().trainings_table)
    return JoiningSteps(
        trainings=trainings,
        registry=ModelRegistry(models, bucket, trainings),
        planner=planner(),
        parts_of=parts_of,
        work_dir=Path(tempfile.gettempdir()) / "fraud-join",
    )


@cache
def planner() -> ShardPlanner:
    """What cuts datasets."""
    s = settings()
    return ShardPlanner(
        objects=DatasetObjects(s3_transfer_client()),
        rules=LinkRules(s.dataset_buckets, s.loopback_allowed, s.data_bucket),
        limits=ShardLimits(
            shard_bytes=s.training_shard_bytes,
            max_concurrency=s.training_max_concurrency,
            tolerated_failure_percentage=s.training_tolerated_failure_percentage,
            max_rows=s.training_max_rows,
            max_cost_usd=s.training_max_cost_usd,
            memory_mb=s.training_shard_memory_mb,
            trainer_memory_mb=s.trainer_memory_mb,
        ),
    )


def parts_of(training_id: int) -> TrainingParts:
    """The parts of a training."""
    return TrainingParts(s3_transfer_client(), settings().data_bucket, training_id)
