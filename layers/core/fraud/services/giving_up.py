"""Ending a training that has failed for good, when no worker is there to do it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.errors import FraudError, LeaseHeld, LeaseLost
from fraud.domain.jobs import JobStatus
from fraud.domain.overdue import error_of
from fraud.domain.trainings import Training, workflow_name

WORKFLOW_ENDED = FraudError(
    "The workflow ended before the training did; send the request again.", code="workflow_ended"
)


class GivenUp(NamedTuple):
    """A training that was ended with an error."""

    training_id: int
    client: str
    attempts: int
    error: str
    model: str | None


def bury(
    training_id: int, trainings: TrainingsTable, models: ModelsTable, now: datetime
) -> GivenUp | None:
    """End the training of a message that was tried as often as the queue allows.

    Returns
    -------
    GivenUp or None
        None when it had ended before; a message that comes again changes nothing.

    Raises
    ------
    NotFound
        When there is no such training.
    LeaseHeld
        When a worker is at it after all; the message must come back.
    Unavailable
        When a table does not answer; the message must come back.
    """
    training = trainings.get(training_id)
    return None if training.status.terminal else give_up(training, trainings, models, now)


def give_up(
    training: Training, trainings: TrainingsTable, models: ModelsTable, now: datetime
) -> GivenUp | None:
    """End a training that nobody is at with an error.

    It names the model, where a worker came as far as registering one before it died: the model is
    sound, only its release may not have been decided.
    """
    error, record = error_of(training), models.of_training(training.id)
    model = record.name if record else None
    if not trainings.end(training.id, now, error, **({"model": model} if model else {})):
        return None
    return GivenUp(training.id, training.client, training.attempts, error["code"], model)


def abandoned(training: Training, workflow: WorkflowEngine) -> bool:
    """Whether a training over many files has not ended, but its workflow has.

    Raises
    ------
    Unavailable
        When the engine does not answer.
    """
    going_on = not training.status.terminal and training.request.many_files
    return going_on and workflow.abandoned(workflow_name(training.id))


def give_up_abandoned(
    training: Training, trainings: TrainingsTable, models: ModelsTable, now: datetime
) -> GivenUp | None:
    """End a training whose workflow was stopped; None when it has ended meanwhile.

    It names the model, where the workflow came as far as registering one.
    """
    record = models.of_training(training.id)
    more = {"model": record.name} if record else {}
    error = {"code": WORKFLOW_ENDED.code, "message": WORKFLOW_ENDED.message}
    try:
        if training.status is JobStatus.PENDING:  # it was stopped before its first step
            if not trainings.end(training.id, now, error, **more):
                return None
        else:
            trainings.fail(training, now, WORKFLOW_ENDED, **more)
    except (LeaseHeld, LeaseLost):
        return None
    return GivenUp(
        training.id, training.client, training.attempts, WORKFLOW_ENDED.code, more.get("model")
    )
