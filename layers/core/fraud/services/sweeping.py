"""What a schedule mends: trainings that nobody runs any more, files that belong to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.open_trainings import OpenTrainings
from fraud.adapters.stored_objects import Stored, StoredObjects
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.errors import LeaseHeld
from fraud.domain.overdue import Due, Patience, due
from fraud.domain.trainings import Training
from fraud.services.giving_up import GivenUp, abandoned, give_up, give_up_abandoned

LOOK_BACK = timedelta(days=30)
"""What is older was dealt with by an earlier run; so a run's work does not grow with the years."""
SAFE_AGE = timedelta(days=1)
"""Files this young may be a running training's: it registers them within its 15 minutes."""
MARGIN_S = 10.0
"""Time left below which a run stops; the next one goes on."""


@dataclass(frozen=True)
class Sweeper:
    """What sweeping needs."""

    trainings: OpenTrainings
    models: ModelsTable
    queue: TrainingQueue
    bucket: StoredObjects
    workflow: WorkflowEngine
    patience: Patience
    safe_age: timedelta = SAFE_AGE


@dataclass
class Swept:
    """What one run did.

    Attributes
    ----------
    requeued
        Ids of trainings that were queued again.
    models, datasets
        Names of models without a row, and keys of copies without a training, that were removed.
    complete
        False when time ran out before everything was looked at.
    """

    requeued: list[int] = field(default_factory=list)
    given_up: list[GivenUp] = field(default_factory=list)
    models: list[str] = field(default_factory=list)
    datasets: list[str] = field(default_factory=list)
    complete: bool = True


def sweep(sweeper: Sweeper, now: datetime, remaining_s: Callable[[], float]) -> Swept:
    """Queue again what was lost, end what failed for good, remove what belongs to nothing.

    Doing so again, or twice at once, changes nothing more: every write is conditional on what was
    seen, and what a run leaves undone the next one does.

    Raises
    ------
    Unavailable
        When a service does not answer.
    """
    swept = Swept()
    for step in _steps(sweeper, now, swept):
        if remaining_s() < MARGIN_S:
            swept.complete = False
            break
        step()
    return swept


def _steps(sweeper: Sweeper, now: datetime, swept: Swept) -> Iterator[Callable[[], None]]:
    for training in sweeper.trainings.unfinished(now - LOOK_BACK):
        yield partial(_mend, sweeper, training, now, swept)
    for model in _old_enough(sweeper.bucket.models(), sweeper, now):
        yield partial(_remove_model, sweeper, model, swept)
    copies = [*_old_enough(sweeper.bucket.dataset_copies(), sweeper, now)]
    # A copy is as young as the last training that made it.
    named = sweeper.trainings.dataset_copies(now - 2 * LOOK_BACK) if copies else set()
    for copy in copies:
        if copy.name not in named:
            yield partial(_remove_copy, sweeper, copy, swept)


def _old_enough(stored: Iterator[Stored], sweeper: Sweeper, now: datetime) -> Iterator[Stored]:
    for found in stored:
        if sweeper.safe_age <= now - found.since <= LOOK_BACK:
            yield found


def _mend(sweeper: Sweeper, listed: Training, now: datetime, swept: Swept) -> None:
    """Look at a training itself, since an index lags behind, and do what is due."""
    if abandoned(listed, sweeper.workflow):
        training = sweeper.trainings.get(listed.id)
        if given_up := give_up_abandoned(training, sweeper.trainings, sweeper.models, now):
            swept.given_up.append(given_up)
        return
    if due(listed, now, sweeper.patience) is Due.NOTHING:
        return
    training = sweeper.trainings.get(listed.id)
    what = due(training, now, sweeper.patience)
    if what is Due.REQUEUE and sweeper.trainings.note_queued(training, now):
        # A run that dies before the next line leaves a training that a later run queues.
        sweeper.queue.send(training.id)
        swept.requeued.append(training.id)
    elif what is Due.GIVE_UP:
        try:
            given_up = give_up(training, sweeper.trainings, sweeper.models, now)
        except LeaseHeld:  # a worker came in between
            return
        if given_up:
            swept.given_up.append(given_up)


def _remove_model(sweeper: Sweeper, model: Stored, swept: Swept) -> None:
    # Its row is looked for after its files were seen, so one registered meanwhile is found.
    if sweeper.models.get(model.name) is None:
        sweeper.bucket.remove_model(model.name)
        swept.models.append(model.name)


def _remove_copy(sweeper: Sweeper, copy: Stored, swept: Swept) -> None:
    sweeper.bucket.remove(copy.name)
    swept.datasets.append(copy.name)
