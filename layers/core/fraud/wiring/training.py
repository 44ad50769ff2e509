"""Collaborators of the training function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, s3_client, sqs_client
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.trainings_table import TrainingsTable
from fraud.services.trainings import LinkRules
from fraud.settings import IdempotencySettings, LinkSettings


class TrainingSettings(LinkSettings, IdempotencySettings):
    """Environment of the training function."""

    trainings_table: str
    training_queue_url: str


@cache
def settings() -> TrainingSettings:
    """The function's settings."""
    return TrainingSettings.from_environment()


@cache
def trainings() -> TrainingsTable:
    """The trainings table."""
    return TrainingsTable(dynamodb_client(), settings().trainings_table)


@cache
def queue() -> TrainingQueue:
    """The training queue."""
    return TrainingQueue(sqs_client(), settings().training_queue_url)


@cache
def bucket() -> ArtifactsBucket:
    """The bucket datasets are uploaded to."""
    return ArtifactsBucket(s3_client(), settings().data_bucket)


@cache
def link_rules() -> LinkRules:
    """Which dataset links are accepted."""
    return LinkRules(settings().dataset_buckets, settings().loopback_allowed)
