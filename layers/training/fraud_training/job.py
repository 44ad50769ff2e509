"""One training from the queue: claim, fetch, fit, store, register, release, report."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import DatasetError, FraudError, InvalidValue
from fraud.domain.findings import Finding
from fraud.domain.jobs import JobStatus
from fraud.domain.model_cards import name_prefix
from fraud.domain.trainings import Training, TrainingStage
from fraud.services.leased_jobs import Work, run_leased
from fraud_training.fit import FitOptions, fit
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.progress import ProgressWriter
from fraud_training.registry import ModelRegistry, Registered

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
    work_dir
        A directory of this worker's own; emptied before and after every training.
    """

    trainings: TrainingsTable
    registry: ModelRegistry
    fetch: Fetch
    work_dir: Path

    def run(self, training_id: int, remaining_s: Callable[[], float]) -> Ended | None:
        """Run a training to its end; a training that has ended is left alone.

        Returns
        -------
        Ended or None
            None when the training had ended before, or another worker has taken it over.

        Raises
        ------
        NotFound
            When there is no such training.
        LeaseHeld
            When another worker is at it.
        Exception
            When trying again may help; the lease has been given back.
        """
        begun = time.monotonic()

        def train(training: Training) -> Ended:
            with _fresh_directory(self.work_dir) as directory:
                progress = ProgressWriter(training, self.trainings, remaining_s)
                made = self.registry.made_before(training)
                made = made or self._made(training, directory, progress)
                self._release(training, made, progress)
            return Ended(training.client, time.monotonic() - begun, made.record.name)

        def fail(training: Training, error: FraudError) -> Ended:
            more: dict[str, Any] = {"findings": _plain(getattr(error, "findings", ()))}
            if made := self.registry.made_before(training):
                more["model"] = made.record.name
            self.trainings.fail(training, datetime.now(UTC), error, **more)
            return Ended(training.client, time.monotonic() - begun, error=error.code)

        work = Work(train, fail, final=(DatasetError, InvalidValue))
        return run_leased(training_id, self.trainings, remaining_s(), work)

    def _made(self, training: Training, directory: Path, progress: ProgressWriter) -> Registered:
        """Fetch, fit, store, register."""
        progress(TrainingStage.FETCHING, 0.0)
        dataset = directory / "dataset"
        source = self.fetch(training, dataset, progress)
        request, champion = training.request, self.registry.enabled()
        options = FitOptions(
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
        result = fit(dataset, directory / "artifacts", options, progress)
        progress(TrainingStage.STORING, 0.97)
        # Before the model is registered: an attempt that finds it registered looks for them here.
        now = datetime.now(UTC)
        self.trainings.update(training, now, findings=_plain(result.findings))
        return self.registry.register(training, result)

    def _release(self, training: Training, made: Registered, progress: ProgressWriter) -> None:
        """Decide on the model and end the training."""
        progress(TrainingStage.RELEASING, 0.985)
        self._finish(training, made, self.registry.release(training, made))

    def _finish(self, training: Training, made: Registered, decision: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        self.trainings.update(
            training,
            now,
            status=JobStatus.PROCESSED,
            stage=TrainingStage.DONE,
            progress=1.0,
            finished_at=now.isoformat(),
            model=made.record.name,
            metrics=made.record.metrics.model_dump(),
            decision=decision,
            findings=_plain(made.findings),
        )


def _plain(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [f.model_dump(mode="json", exclude_none=True) for f in findings]


@contextmanager
def _fresh_directory(path: Path) -> Iterator[Path]:
    """An empty directory that is gone afterwards, whatever an earlier worker left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
