"""Collaborators of the sweeper."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from fraud.adapters.aws_clients import (
    dynamodb_client,
    s3_client,
    sqs_client,
    step_functions_client,
)
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.open_trainings import OpenTrainings
from fraud.adapters.stored_objects import StoredObjects
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.overdue import Patience
from fraud.services.sweeping import Sweeper
from fraud.settings import Settings


class SweeperSettings(Settings):
    """Environment of the sweeper."""

    trainings_table: str
    models_table: str
    training_queue_url: str
    training_state_machine_arn: str
    data_bucket: str
    message_hidden_s: int
    message_kept_s: int


@cache
def settings() -> SweeperSettings:
    """The function's settings."""
    return SweeperSettings.from_environment()


@cache
def sweeper() -> Sweeper:
    """What sweeping needs."""
    s = settings()
    return Sweeper(
        trainings=OpenTrainings(dynamodb_client(), s.trainings_table),
        models=ModelsTable(dynamodb_client(), s.models_table),
        queue=TrainingQueue(sqs_client(), s.training_queue_url),
        bucket=StoredObjects(s3_client(), s.data_bucket),
        workflow=WorkflowEngine(step_functions_client(), s.training_state_machine_arn),
        patience=Patience(
            message_hidden=timedelta(seconds=s.message_hidden_s),
            message_kept=timedelta(seconds=s.message_kept_s),
        ),
    )
