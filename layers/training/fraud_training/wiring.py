"""Collaborators of the trainer."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import (
    dynamodb_client,
    s3_transfer_client,
    sqs_client,
    step_functions_client,
)
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.trainings_table import TrainingsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.services.trainings import LinkRules
from fraud.settings import LinkSettings
from fraud_training.download import DownloadLimits
from fraud_training.job import TrainingJob
from fraud_training.registry import ModelRegistry
from fraud_training.source import DatasetSource

RETRY_AFTER_S = 30


class TrainerSettings(LinkSettings):
    """Environment of the trainer."""

    trainings_table: str
    models_table: str
    training_queue_url: str
    training_state_machine_arn: str
    max_dataset_bytes: int


@cache
def settings() -> TrainerSettings:
    """The function's settings."""
    return TrainerSettings.from_environment()


@cache
def queue() -> TrainingQueue:
    """The queue trainings come from."""
    return TrainingQueue(sqs_client(), settings().training_queue_url)


@cache
def job() -> TrainingJob:
    """What runs a training."""
    s = settings()
    trainings = TrainingsTable(dynamodb_client(), s.trainings_table)
    bucket = ArtifactsBucket(s3_transfer_client(), s.data_bucket)
    source = DatasetSource(
        client=s3_transfer_client(),
        bucket=bucket,
        trainings=trainings,
        rules=LinkRules(s.dataset_buckets, s.loopback_allowed, s.data_bucket),
        limits=DownloadLimits(max_bytes=s.max_dataset_bytes),
    )
    return TrainingJob(
        trainings=trainings,
        registry=ModelRegistry(
            RegistryChanges(dynamodb_client(), s.models_table), bucket, trainings
        ),
        fetch=source.fetch,
        workflow=WorkflowEngine(step_functions_client(), settings().training_state_machine_arn),
        work_dir=Path(tempfile.gettempdir()) / "fraud-training",
    )
