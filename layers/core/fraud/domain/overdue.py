"""Trainings that nobody runs any more: when to queue one again, and when to give it up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fraud.domain.jobs import MAX_ATTEMPTS, WORKER_LOST, JobStatus
from fraud.domain.trainings import Training

NEVER_RUN = "never_run"


class Due(StrEnum):
    """What to do about a training."""

    NOTHING = "nothing"
    REQUEUE = "requeue"
    GIVE_UP = "give_up"


@dataclass(frozen=True)
class Patience:
    """How long a training is waited for.

    Attributes
    ----------
    message_hidden
        How long the queue hides a message that was handed out: after that it has come back, or
        there is none.
    message_kept
        How long the queue keeps a message.
    """

    message_hidden: timedelta
    message_kept: timedelta


def due(training: Training, now: datetime, patience: Patience) -> Due:
    """What to do about a training, by its row alone.

    A message carries nothing but the id, so one more does no harm; they are few all the same. A
    training that waits in a long queue looks like one whose message never was: it is queued again
    when it has waited for as long again as before.
    """
    untouched = now - training.updated_at
    if training.status.terminal or untouched < patience.message_hidden:
        return Due.NOTHING
    too_old = now - training.created_at >= patience.message_kept
    if training.status is JobStatus.PENDING:
        waited_before = training.updated_at - training.created_at
        if too_old:
            return Due.GIVE_UP
        return Due.REQUEUE if untouched >= waited_before else Due.NOTHING
    if training.lease_until and now <= training.lease_until:
        return Due.NOTHING
    return Due.GIVE_UP if too_old or training.attempts >= MAX_ATTEMPTS else Due.REQUEUE


def error_of(training: Training) -> dict[str, str]:
    """Code and message for a training that is given up."""
    if not training.attempts:
        message = "no trainer could begin it; ask for it again when the trainer is well"
        return {"code": NEVER_RUN, "message": message}
    message = (
        f"the worker ended {training.attempts} times without a word, as it does when memory or "
        "time run out; its log has the details"
    )
    return {"code": WORKER_LOST, "message": message}
