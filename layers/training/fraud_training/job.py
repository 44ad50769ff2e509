"""One training from the queue: claim, fetch, fit, store, register, release, report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fraud.adapters.trainings_table import TrainingsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.errors import DatasetError, FraudError, InvalidValue
from fraud.domain.model_cards import name_prefix
from fraud.domain.trainings import Training, TrainingStage, workflow_name
from fraud.services.leased_jobs import Work, run_leased
from fraud_training.ending import ended_with_error, ended_with_model
from fraud_training.fit import FitOptions, FitResult, fit
from fraud_training.learn.enabled_model import EnabledModel
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.progress import ProgressWriter
from fraud_training.registry import ModelRegistry

type Fetch = Callable[[Training, Path, ProgressWriter], str]
"""Puts the training's dataset at a path and returns where it came from, fit to be shown."""


class Ended(NamedTuple):
    """A training that a run has brought to its end.

    Attributes
    ----------
    duration_s
        Of this run; earlier attempts are not in it.
    model
        What came of it, None after an error.
    error
        The error's code, None after success.
    """

    client: str
    duration_s: float
    model: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class TrainingJob:
    """What running a training needs.

    Attributes
    ----------
    fetch
        Brings the dataset.
    workflow
        Runs trainings over many files.
    work_dir
        A directory of this worker's own; emptied before and after every training.
    """

    trainings: TrainingsTable
    registry: ModelRegistry
    fetch: Fetch
    workflow: WorkflowEngine
    work_dir: Path

    def run(self, training_id: int, remaining_s: Callable[[], float]) -> Ended | None:
        """Run a training to its end; a training that has ended is left alone.

        Returns
        -------
        Ended or None
            None when the training had ended before, or another worker or a workflow has it.

        Raises
        ------
        NotFound
            When there is no such training.
        LeaseHeld
            When another worker is at it.
        Exception
            When trying again may help; the lease has been given back.
        """
        if self._passed_on(training_id):
            return None
        begun = time.monotonic()

        def train(training: Training) -> Ended:
            with fresh_directory(self.work_dir) as directory:
                progress = ProgressWriter(training, self.trainings, remaining_s)
                model = ended_with_model(
                    training,
                    lambda: self._fitted(training, directory, progress),
                    self.registry,
                    self.trainings,
                    progress,
                )
            return Ended(training.client, time.monotonic() - begun, model)

        def fail(training: Training, error: FraudError) -> Ended:
            ended_with_error(training, error, self.registry, self.trainings)
            return Ended(training.client, time.monotonic() - begun, error=error.code)

        work = Work(train, fail, final=(DatasetError, InvalidValue))
        return run_leased(training_id, self.trainings, remaining_s(), work)

    def _fitted(self, training: Training, directory: Path, progress: ProgressWriter) -> FitResult:
        """Fetch and fit."""
        progress(TrainingStage.FETCHING, 0.0)
        dataset = directory / "dataset"
        source = self.fetch(training, dataset, progress)
        options = options_of(training, source, self.registry.enabled())
        return fit(dataset, directory / "artifacts", options, progress)

    def _passed_on(self, training_id: int) -> bool:
        """Whether the training is one over many files, which has a workflow of its own."""
        training = self.trainings.get(training_id)
        if not training.request.many_files:
            return False
        if not training.status.terminal:
            self.workflow.start(workflow_name(training_id), training_id)
        return True


def options_of(training: Training, source: str, champion: EnabledModel | None) -> FitOptions:
    """What a training asks for."""
    request = training.request
    return FitOptions(
        feature_set=request.feature_set,
        # A retrained model must take the requests that callers already send.
        preferred_feature_set=champion.record.feature_set if champion else None,
        seed=request.seed,
        split=request.split,
        name=name_prefix(training.id),
        training_id=training.id,
        source=source,
        policy=PolicyChoice.of(request.policy),
        champion=champion,
    )


@contextmanager
def fresh_directory(path: Path) -> Iterator[Path]:
    """An empty directory that is gone afterwards, whatever an earlier worker left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
