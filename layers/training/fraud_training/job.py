"""One training from the queue: claim, fetch, fit, store, register, release, report."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from fraud.adapters.claimed_trainings import ClaimedTrainings
from fraud.domain.errors import Conflict, DatasetError, FraudError, InvalidValue, LeaseLost
from fraud.domain.findings import Finding
from fraud.domain.model_cards import name_prefix
from fraud.domain.overdue import died_error
from fraud.domain.trainings import MAX_ATTEMPTS, Training, TrainingStage, TrainingStatus
from fraud_training.fit import FitOptions, fit
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.progress import ProgressWriter
from fraud_training.registry import ModelRegistry, Registered

LEASE_MARGIN_S = 30

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

    trainings: ClaimedTrainings
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
        now, begun = datetime.now(UTC), time.monotonic()
        lease_until = now + timedelta(seconds=remaining_s() + LEASE_MARGIN_S)
        try:
            training = self.trainings.claim(training_id, uuid.uuid4().hex, now, lease_until)
        except Conflict:
            return None
        try:
            model, error = self._attempt(training, remaining_s)
        except LeaseLost:
            return None
        return Ended(training.client, time.monotonic() - begun, model, error)

    def _attempt(
        self, training: Training, remaining_s: Callable[[], float]
    ) -> tuple[str | None, str | None]:
        """The model, or the code of the error that ended the training."""
        try:
            made = self.registry.made_before(training)
            if made is None and training.attempts > MAX_ATTEMPTS:
                error = died_error(MAX_ATTEMPTS)
                return None, self._fail(training, error["code"], error["message"])
            with _fresh_directory(self.work_dir) as directory:
                progress = ProgressWriter(training, self.trainings, remaining_s)
                made = made or self._made(training, directory, progress)
                return self._released(training, made, progress), None
        except LeaseLost:
            raise
        except (DatasetError, InvalidValue) as e:
            return None, self._fail(training, e.code, e.message, getattr(e, "findings", ()))
        except Exception as e:
            if training.attempts < MAX_ATTEMPTS:
                self._give_back(training)
                raise
            return None, self._give_up(training, e)

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
        self.trainings.update(training, now, findings=_stored(result.findings))
        return self.registry.register(training, result)

    def _released(self, training: Training, made: Registered, progress: ProgressWriter) -> str:
        """Decide on the model and end the training."""
        progress(TrainingStage.RELEASING, 0.985)
        self._finish(training, made, self.registry.release(training, made))
        return made.record.name

    def _finish(self, training: Training, made: Registered, decision: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        self.trainings.update(
            training,
            now,
            status=TrainingStatus.PROCESSED,
            stage=TrainingStage.DONE,
            progress=1.0,
            finished_at=now.isoformat(),
            model=made.record.name,
            metrics=made.record.metrics.model_dump(),
            decision=decision,
            findings=_stored(made.findings),
        )

    def _fail(
        self, training: Training, code: str, message: str, findings: Sequence[Finding] = ()
    ) -> str:
        now = datetime.now(UTC)
        self.trainings.update(
            training,
            now,
            status=TrainingStatus.ERROR,
            finished_at=now.isoformat(),
            error={"code": code, "message": message},
            findings=_stored(findings),
        )
        return code

    def _give_back(self, training: Training) -> None:
        """Give the lease back, so that the next delivery need not wait for it to run out."""
        now = datetime.now(UTC)
        self.trainings.update(training, now, lease_until=_long_ago(now))

    def _give_up(self, training: Training, error: Exception) -> str:
        known = isinstance(error, FraudError)
        return self._fail(
            training,
            error.code if isinstance(error, FraudError) else "internal",
            (str(error) if known else "the trainer failed; its log has the details")
            + f" (after {training.attempts} attempts)",
        )


def _stored(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [f.model_dump(mode="json", exclude_none=True) for f in findings]


def _long_ago(now: datetime) -> str:
    return (now - timedelta(seconds=1)).isoformat(timespec="microseconds")


@contextmanager
def _fresh_directory(path: Path) -> Iterator[Path]:
    """An empty directory that is gone afterwards, whatever an earlier worker left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
