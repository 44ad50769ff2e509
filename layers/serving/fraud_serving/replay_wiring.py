"""Collaborators of the replayer."""

from __future__ import annotations

from functools import cache, partial

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, s3_client, sqs_client
from fraud.adapters.job_queue import ReplayQueue
from fraud.adapters.labelled_log import LabelledLog
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.replays_table import ReplaysTable
from fraud.settings import Settings
from fraud_serving.replay_job import ReplayJob
from fraud_serving.stored_models import load_stored

RETRY_AFTER_S = 30


class ReplayerSettings(Settings):
    """Environment of the replayer."""

    replays_table: str
    models_table: str
    predictions_table: str
    replay_queue_url: str
    data_bucket: str


@cache
def settings() -> ReplayerSettings:
    """The function's settings."""
    return ReplayerSettings.from_environment()


@cache
def queue() -> ReplayQueue:
    """The queue replays come from, and go on by."""
    return ReplayQueue(sqs_client(), settings().replay_queue_url)


@cache
def job() -> ReplayJob:
    """What runs a replay."""
    dynamodb = dynamodb_client()
    return ReplayJob(
        replays=ReplaysTable(dynamodb, settings().replays_table),
        log=LabelledLog(dynamodb, settings().predictions_table),
        load=partial(
            load_stored,
            models=ModelsTable(dynamodb, settings().models_table),
            bucket=ArtifactsBucket(s3_client(), settings().data_bucket),
        ),
        queue=queue(),
    )
