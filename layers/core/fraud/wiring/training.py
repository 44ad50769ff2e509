"""Collaborators of the training function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import (
    dynamodb_client,
    s3_client,
    sqs_client,
    step_functions_client,
)
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.adapters.usage_table import UsageTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.services.training_quota import TrainingQuota
from fraud.services.trainings import LinkRules
from fraud.settings import IdempotencySettings, LinkSettings


class TrainingSettings(LinkSettings, IdempotencySettings):
    """Environment of the training function."""

    trainings_table: str
    models_table: str
    training_queue_url: str
    training_state_machine_arn: str
    usage_table: str
    training_quota_per_day: int


@cache
def settings() -> TrainingSettings:
    """The function's settings."""
    return TrainingSettings.from_environment()


@cache
def trainings() -> TrainingsTable:
    """The trainings table."""
    return TrainingsTable(dynamodb_client(), settings().trainings_table)


@cache
def models() -> ModelsTable:
    """The models table, to find what a training has left."""
    return ModelsTable(dynamodb_client(), settings().models_table)


@cache
def bucket() -> ArtifactsBucket:
    """The bucket datasets are uploaded to."""
    return ArtifactsBucket(s3_client(), settings().data_bucket)


@cache
def workflow() -> WorkflowEngine:
    """The state machine of trainings over many files."""
    return WorkflowEngine(step_functions_client(), settings().training_state_machine_arn)


@cache
def collaborators() -> tuple[TrainingsTable, TrainingQueue, LinkRules, TrainingQuota]:
    """What asking for a training needs: table, queue, accepted links, quota of each client."""
    s = settings()
    return (
        trainings(),
        TrainingQueue(sqs_client(), s.training_queue_url),
        LinkRules(s.dataset_buckets, s.loopback_allowed, s.data_bucket),
        TrainingQuota(UsageTable(dynamodb_client(), s.usage_table), s.training_quota_per_day),
    )
