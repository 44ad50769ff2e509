"""What a map runs for every shard: one step of a training over many files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.adapters.training_parts import TrainingParts
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.byte_ranges import ByteRange
from fraud.domain.errors import DatasetError
from fraud_training.fit import order_of
from fraud_training.job import fresh_directory, options_of
from fraud_training.learn.building import Order
from fraud_training.registry import ModelRegistry
from fraud_training.shards.fencing import fenced
from fraud_training.shards.shard import Shard, write_shard
from fraud_training.shards.steps import ShardSteps


class ShardTask(BaseModel):
    """What the state machine asks a worker for."""

    model_config = ConfigDict(frozen=True)

    id: int
    fence: int
    step: Literal["survey", "draw", "score"]
    shard: Shard


@dataclass(frozen=True)
class ShardWork:
    """Works on shards.

    Attributes
    ----------
    parts_of
        Gives the parts of a training by its id.
    work_dir
        A directory of this worker's own; emptied before and after every shard.
    """

    objects: DatasetObjects
    trainings: TrainingsTable
    registry: ModelRegistry
    parts_of: Callable[[int], TrainingParts]
    work_dir: Path

    def run(self, task: ShardTask) -> None:
        """Do one step of one shard; again it does the same.

        Raises
        ------
        LeaseLost
            When the training has ended.
        Unavailable
            When trying again may help.
        """
        with fresh_directory(self.work_dir) as directory:
            steps = ShardSteps(self.parts_of(task.id), directory)
            if task.step == "survey":
                fenced(self.trainings, task.id, task.fence)
                self._survey(task.shard, steps)
            elif task.step == "draw":
                steps.draw(task.shard.part, self._order(task, None))
            else:
                champion = steps.weighed().champion
                steps.score(task.shard.part, self._order(task, champion))

    def _survey(self, shard: Shard, steps: ShardSteps) -> None:
        source = steps.work_dir / "source"
        stored = StoredObject.named(shard.file, shard.version, shard.size_bytes)

        def read(within: ByteRange) -> Iterator[bytes]:
            return self.objects.pieces(stored, within)

        try:
            write_shard(shard, read, source)
        except DatasetError as e:
            # The step that joins the shards says it, beside what is wrong with others.
            steps.refuse(shard, e)
        else:
            steps.survey(shard, source)

    def _order(self, task: ShardTask, champion: str | None) -> Order:
        training = fenced(self.trainings, task.id, task.fence)
        enabled = self.registry.named(champion) if champion else None
        return order_of(options_of(training, "", enabled), time.monotonic())
