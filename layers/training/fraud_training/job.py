"""One training from the queue: claim, fetch, fit, store, register, release, report."""

from __future__ import annotations

import hashlib
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import Conflict, DatasetError, FraudError, InvalidValue, LeaseLost
from fraud.domain.model_cards import CARD_FILE, ONNX_FILE, ModelCard, ModelRecord
from fraud.domain.trainings import Training, TrainingStage, TrainingStatus
from fraud.services.releasing import Decision, decide_release
from fraud_training.fit import FitOptions, FitResult, fit
from fraud_training.progress import ProgressWriter

MAX_ATTEMPTS = 3
LEASE_MARGIN_S = 30
RELEASE_ATTEMPTS = 3

type Fetch = Callable[[Training, Path, ProgressWriter], str]
"""Puts the training's dataset at a path and returns where it came from, fit to be shown."""


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
    models: ModelsTable
    bucket: ArtifactsBucket
    fetch: Fetch
    work_dir: Path

    def run(self, training_id: int, remaining_s: Callable[[], float]) -> None:
        """Run a training to its end; a training that has ended is left alone.

        Raises
        ------
        NotFound
            When there is no such training.
        LeaseHeld
            When another worker is at it.
        Exception
            When trying again may help; the lease has been given back.
        """
        now = datetime.now(UTC)
        lease_until = now + timedelta(seconds=remaining_s() + LEASE_MARGIN_S)
        try:
            training = self.trainings.claim(training_id, uuid.uuid4().hex, now, lease_until)
        except Conflict:
            return
        try:
            with _fresh_directory(self.work_dir) as directory:
                self._train(
                    training, directory, ProgressWriter(training, self.trainings, remaining_s)
                )
        except LeaseLost:
            return
        except (DatasetError, InvalidValue) as e:
            self._fail(training, e.code, e.message, getattr(e, "findings", ()))
        except Exception as e:
            self._retry_or_fail(training, e)
            if training.attempts < MAX_ATTEMPTS:
                raise

    def _train(self, training: Training, directory: Path, progress: ProgressWriter) -> None:
        progress(TrainingStage.FETCHING, 0.0)
        dataset = directory / "dataset"
        source = self.fetch(training, dataset, progress)
        request = training.request
        options = FitOptions(
            feature_set=request.feature_set,
            preferred_feature_set=self._enabled_feature_set(),
            seed=request.seed,
            split=request.split,
            name=f"fraud-{training.id:06d}",
            training_id=training.id,
            source=source,
        )
        result = fit(dataset, directory / "artifacts", options, progress)
        progress(TrainingStage.STORING, 0.95)
        record = self._register(training, result)
        progress(TrainingStage.RELEASING, 0.98)
        decision = self._release(record, training)
        self._finish(training, record, decision, result)

    def _enabled_feature_set(self) -> str | None:
        # A retrained model must take the requests that callers already send.
        champion = self.models.champion()
        record = self.models.get(champion.name) if champion else None
        return record.feature_set if record else None

    def _register(self, training: Training, result: FitResult) -> ModelRecord:
        card = _named_by_content(result)
        files = {name: self.bucket.store(card.name, path) for name, path in result.files.items()}
        record = ModelRecord(
            name=card.name,
            version=training.id,
            created_at=card.created_at,
            training_id=training.id,
            feature_set=card.feature_set.name,
            algorithm=card.algorithm,
            metrics=card.metrics,
            policy=card.policy,
            files=files,
        )
        self.models.add(record)
        return record

    def _release(self, record: ModelRecord, training: Training) -> Decision:
        for attempt in range(1, RELEASE_ATTEMPTS + 1):
            champion = self.models.champion()
            if champion and champion.name == record.name:
                return Decision(promote=True, reasons=(champion.reason,))
            enabled = self.models.get(champion.name) if champion else None
            decision = decide_release(record, enabled, training.request.promote)
            if not decision.promote:
                return decision
            try:
                self.models.release(
                    record.name, champion, datetime.now(UTC), training.client, decision.reasons[0]
                )
            except Conflict:
                if attempt == RELEASE_ATTEMPTS:
                    raise
            else:
                return decision
        raise AssertionError("unreachable")

    def _finish(
        self, training: Training, record: ModelRecord, decision: Decision, result: FitResult
    ) -> None:
        now = datetime.now(UTC)
        self.trainings.update(
            training,
            now,
            status=TrainingStatus.PROCESSED,
            stage=TrainingStage.DONE,
            progress=1.0,
            finished_at=now.isoformat(),
            model=record.name,
            metrics=record.metrics.model_dump(),
            decision=decision.as_dict(),
            findings=[f.model_dump(mode="json", exclude_none=True) for f in result.findings],
        )

    def _fail(self, training: Training, code: str, message: str, findings: Any = ()) -> None:
        now = datetime.now(UTC)
        try:
            self.trainings.update(
                training,
                now,
                status=TrainingStatus.ERROR,
                finished_at=now.isoformat(),
                error={"code": code, "message": message},
                findings=[f.model_dump(mode="json", exclude_none=True) for f in findings],
            )
        except LeaseLost:
            return

    def _retry_or_fail(self, training: Training, error: Exception) -> None:
        if training.attempts < MAX_ATTEMPTS:
            # Give the lease back, so that the next delivery need not wait for it to run out.
            now = datetime.now(UTC)
            self.trainings.update(training, now, lease_until=_long_ago(now))
            return
        known = isinstance(error, FraudError)
        self._fail(
            training,
            error.code if isinstance(error, FraudError) else "internal",
            (str(error) if known else "the trainer failed; its log has the details")
            + f" (after {training.attempts} attempts)",
        )


def _long_ago(now: datetime) -> str:
    return (now - timedelta(seconds=1)).isoformat(timespec="microseconds")


def _named_by_content(result: FitResult) -> ModelCard:
    """The card, with a digest of the model in its name.

    Artifacts of two attempts never overwrite each other unless they are the same: a straggler that
    stores its files late can do no harm to a model that is already registered.
    """
    digest = hashlib.sha256(result.files[ONNX_FILE].read_bytes()).hexdigest()
    card = result.card.model_copy(update={"name": f"{result.card.name}-{digest[:8]}"})
    result.files[CARD_FILE].write_text(card.model_dump_json(), encoding="utf-8")
    return card


@contextmanager
def _fresh_directory(path: Path) -> Iterator[Path]:
    """An empty directory that is gone afterwards, whatever an earlier worker left in it."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
