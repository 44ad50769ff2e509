"""Collaborators of the replays function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client, sqs_client
from fraud.adapters.job_queue import ReplayQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.replays_table import ReplaysTable
from fraud.settings import IdempotencySettings


class ReplaysSettings(IdempotencySettings):
    """Environment of the replays function."""

    replays_table: str
    models_table: str
    replay_queue_url: str


@cache
def settings() -> ReplaysSettings:
    """The function's settings."""
    return ReplaysSettings.from_environment()


@cache
def replays() -> ReplaysTable:
    """The replays table."""
    return ReplaysTable(dynamodb_client(), settings().replays_table)


def collaborators() -> tuple[ModelsTable, ReplaysTable, ReplayQueue]:
    """What asking for a replay needs."""
    models = ModelsTable(dynamodb_client(), settings().models_table)
    return models, replays(), ReplayQueue(sqs_client(), settings().replay_queue_url)
