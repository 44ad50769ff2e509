"""The steps of a training over many files between its maps, and at either end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fraud.adapters.training_parts import MAP_RECORDS, SHARDS, USED, TrainingParts
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import DatasetError, FraudError, InvalidValue, LeaseLost
from fraud.domain.jobs import WORKER_LOST, JobStatus
from fraud.domain.trainings import Training, TrainingStage, workflow_name
from fraud_training.ending import ended_with_error, ended_with_model
from fraud_training.fit import READ, FitResult, order_of, reported
from fraud_training.job import Ended, fresh_directory, options_of
from fraud_training.learn.building import EVALUATED, FITTED, Order
from fraud_training.learn.enabled_model import EnabledModel
from fraud_training.progress import TIMED_OUT, OutOfTime, ProgressWriter
from fraud_training.registry import ModelRegistry
from fraud_training.shards.fencing import fenced
from fraud_training.shards.planning import ShardPlanner
from fraud_training.shards.shard import Shard
from fraud_training.shards.steps import ShardSteps

LEASE = timedelta(days=1)
"""As long as the state machine runs."""
OURS = ("internal", "workflow_failed", WORKER_LOST, TIMED_OUT)
WITHOUT_A_WORD = {
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
    "States.Timeout",
}
"""What a worker's end looks like to the engine where it could not say why."""
WORKER_ENDED = FraudError(
    "A worker ended without a word though it was tried again, as it does when memory or time run "
    "out; give the functions more (TrainerMemoryMb, TrainingShardMemoryMb), or send fewer rows.",
    code=WORKER_LOST,
)
WORKFLOW_FAILED = FraudError(
    "A step of the training failed though it was tried again, so there is no model; the workflow's "
    "execution has the details. Send the request again.",
    code="workflow_failed",
)


@dataclass(frozen=True)
class JoiningSteps:
    """Runs one step at a time.

    Attributes
    ----------
    parts_of
        Gives the parts of a training by its id.
    work_dir
        A directory of this worker's own; emptied before and after every step.
    """

    trainings: TrainingsTable
    registry: ModelRegistry
    planner: ShardPlanner
    parts_of: Callable[[int], TrainingParts]
    work_dir: Path

    def plan(self, training_id: int, remaining_s: Callable[[], float]) -> dict[str, Any]:
        """Claim a training and cut its dataset.

        Returns
        -------
        dict
            What the state machine goes on with.

        Raises
        ------
        Conflict
            When it has ended.
        DatasetError, InvalidValue
            When it cannot be trained on; the training's row says why.
        Unavailable
            When trying again may help.
        """
        now = datetime.now(UTC)
        owner = workflow_name(training_id)
        training = self.trainings.claim(training_id, owner, now, now + LEASE)
        with self._judged(training):
            self._progress(training, remaining_s)(TrainingStage.FETCHING, 0.0)
            shards = self.planner.plan(training)
            parts, limits = self.parts_of(training_id), self.planner.limits
            parts.put_text(SHARDS, _listed(shards))
            self._progress(training, remaining_s)(TrainingStage.READING, 0.05)
        return {
            "id": training_id,
            "fence": training.fence,
            "bucket": parts.bucket,
            "shards": parts.key(SHARDS),
            "used": parts.key(USED),
            "records": parts.key(MAP_RECORDS),
            "max_concurrency": limits.max_concurrency,
            "tolerated_failure_percentage": limits.tolerated_failure_percentage,
        }

    def weigh(self, training_id: int, fence: int, remaining_s: Callable[[], float]) -> None:
        """Join what was found, and list the shards that the model is made of.

        Raises
        ------
        DatasetError, InvalidValue
            When the dataset cannot be trained on; the training's row says why.
        LeaseLost
            When the training has ended.
        """
        with self._step(training_id, fence) as (training, steps):
            self._progress(training, remaining_s)(TrainingStage.READING, READ)
            parts = self.parts_of(training_id)
            shards = [Shard.model_validate(shard) for shard in json.loads(parts.text(SHARDS))]
            weighed = steps.weigh(shards, self._order(training, self.registry.enabled()))
            used = {shard.part for shard in weighed.shards}
            parts.put_text(USED, _listed([s for s in shards if s.part in used]))

    def draft(self, training_id: int, fence: int, remaining_s: Callable[[], float]) -> None:
        """Fit on what was drawn; raises as `weigh`."""
        with self._step(training_id, fence) as (training, steps):
            progress = self._progress(training, remaining_s)
            progress(TrainingStage.FITTING, READ)
            steps.draft(
                self._order(training, self._champion(steps)),
                lambda p: progress(TrainingStage.FITTING, READ + (1 - READ) * FITTED * p),
            )
            progress(TrainingStage.EVALUATING, READ + (1 - READ) * FITTED)

    def finish(self, training_id: int, fence: int, remaining_s: Callable[[], float]) -> Ended:
        """Judge the model, store and register it, release it if it is better; raises as `weigh`."""
        with self._step(training_id, fence) as (training, steps):
            progress = self._progress(training, remaining_s)
            progress(TrainingStage.EXPORTING, READ + (1 - READ) * EVALUATED)
            order = self._order(training, self._champion(steps))
            model = ended_with_model(
                training,
                lambda: self._fitted(training, steps, order),
                self.registry,
                self.trainings,
                progress,
            )
        return Ended(training.client, order.elapsed_s(), model)

    def _fitted(self, training: Training, steps: ShardSteps, order: Order) -> FitResult:
        out_dir = steps.work_dir / "artifacts"
        out_dir.mkdir()
        built = steps.finish(out_dir, order)
        options = options_of(training, training.request.dataset, order.champion)
        return reported(built, out_dir, options, order.elapsed_s())

    def fail(self, training_id: int, error: str) -> tuple[bool, Ended]:
        """See to it that a training whose workflow came to grief has ended.

        Parameters
        ----------
        error
            The name of the last failure, as the engine gives it.

        Returns
        -------
        tuple
            Whether the dataset or the request was at fault, not we; and how the training ended.
        """
        training, now = self.trainings.get(training_id), datetime.now(UTC)
        why = WORKER_ENDED if error in WITHOUT_A_WORD else WORKFLOW_FAILED
        if training.status is JobStatus.PENDING:
            self.trainings.end(training_id, now, {"code": why.code, "message": why.message})
        elif not training.status.terminal:
            with suppress(LeaseLost):
                ended_with_error(training, why, self.registry, self.trainings)
        training = self.trainings.get(training_id)
        code = (training.error or {}).get("code")
        seconds = (now - (training.started_at or training.created_at)).total_seconds()
        return code not in OURS, Ended(training.client, seconds, training.model, code)

    @contextmanager
    def _step(self, training_id: int, fence: int) -> Iterator[tuple[Training, ShardSteps]]:
        training = fenced(self.trainings, training_id, fence)
        with self._judged(training), fresh_directory(self.work_dir) as directory:
            yield training, ShardSteps(self.parts_of(training_id), directory)

    @contextmanager
    def _judged(self, training: Training) -> Iterator[None]:
        """End the training where its dataset or request is at fault, or it takes too long."""
        try:
            yield
        except (DatasetError, InvalidValue, OutOfTime) as e:
            with suppress(LeaseLost):
                ended_with_error(training, e, self.registry, self.trainings)
            raise

    def _progress(self, training: Training, remaining_s: Callable[[], float]) -> ProgressWriter:
        return ProgressWriter(training, self.trainings, remaining_s)

    def _champion(self, steps: ShardSteps) -> EnabledModel | None:
        """The model that was enabled when the dataset was weighed."""
        name = steps.weighed().champion
        return self.registry.named(name) if name else None

    def _order(self, training: Training, champion: EnabledModel | None) -> Order:
        options = options_of(training, training.request.dataset, champion)
        gone_by = datetime.now(UTC) - (training.started_at or training.created_at)
        return order_of(options, time.monotonic() - gone_by.total_seconds())


def _listed(shards: list[Shard]) -> str:
    content = ",\n".join(shard.model_dump_json() for shard in shards)
    return f"[{content}]"
