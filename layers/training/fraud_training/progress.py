"""Progress of a running training, written often enough to watch and seldom enough to afford."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import Unavailable
from fraud.domain.trainings import Training, TrainingStage

WRITE_EVERY_S = 1.0
MARGIN_S = 20.0
TIMED_OUT = "training_timeout"


class OutOfTime(Unavailable):
    """The time left is too short to go on and still end in order."""


class ProgressWriter:
    """Reports stage and progress of a claimed training, and stops it when time runs out.

    Parameters
    ----------
    remaining_s
        Seconds this worker has left.
    """

    def __init__(
        self,
        training: Training,
        trainings: TrainingsTable,
        remaining_s: Callable[[], float],
    ) -> None:
        self._training = training
        self._trainings = trainings
        self._remaining_s = remaining_s
        self._stage: TrainingStage | None = None
        self._written_at = 0.0

    def __call__(self, stage: TrainingStage, progress: float) -> None:
        """Note where the training is: `progress` in [0, 1] over all stages.

        Raises
        ------
        LeaseLost
            When another worker has taken over.
        OutOfTime
            When the time left is too short to go on and still end in order.
        """
        if self._remaining_s() < MARGIN_S:
            raise OutOfTime(
                f"the training ran out of time while {stage}; give the trainer more memory (which "
                "brings more processor) or time, or send fewer rows",
                code=TIMED_OUT,
            )
        now = time.monotonic()
        if stage is self._stage and now - self._written_at < WRITE_EVERY_S:
            return
        self._stage, self._written_at = stage, now
        self._trainings.update(
            self._training, datetime.now(UTC), stage=stage, progress=round(progress, 3)
        )
