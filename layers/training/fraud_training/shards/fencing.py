"""Whether a step of a workflow still has its training."""

from __future__ import annotations

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import LeaseLost
from fraud.domain.trainings import Training


def fenced(trainings: TrainingsTable, training_id: int, fence: int) -> Training:
    """A training that has not ended since it was claimed.

    Parameters
    ----------
    fence
        What the claim gave.

    Raises
    ------
    LeaseLost
        When it has.
    """
    training = trainings.get(training_id)
    if training.status.terminal or training.fence != fence:
        raise LeaseLost(f"training {training_id} is no longer this workflow's")
    return training
