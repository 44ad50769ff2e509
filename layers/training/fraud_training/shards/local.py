"""A training over files of this machine: the same steps as elsewhere, one after the other."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fraud.domain.trainings import TrainingStage
from fraud_training.fit import READ, FitOptions, FitResult, order_of, reported
from fraud_training.learn.building import EVALUATED, FITTED, Built, OnStage, Order
from fraud_training.scoring.texts import file_pieces
from fraud_training.shards.parts import DirectoryParts
from fraud_training.shards.shard import SHARD_BYTES, DatasetFile, Shard, shards_of, write_shard
from fraud_training.shards.steps import ShardSteps


def fit_files(
    files: Sequence[Path],
    out_dir: Path,
    options: FitOptions,
    on_stage: OnStage,
    shard_bytes: int = SHARD_BYTES,
) -> FitResult:
    """Train one model on several files: the model that one file of all their rows would give.

    Parameters
    ----------
    files
        Plain or gzipped, all of one form.
    on_stage
        Told the stage and the overall progress from 0 to 1.
    shard_bytes
        Larger plain files are read in pieces of at most so many bytes.

    Raises
    ------
    DatasetError
        When the files cannot be trained on.
    InvalidValue
        When the feature set is not known.
    """
    started = time.monotonic()
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".shards-") as directory:
        parts, work_dir = Path(directory) / "parts", Path(directory) / "work"
        work_dir.mkdir()
        steps = ShardSteps(DirectoryParts(parts), work_dir)
        shards = shards_of(map(_file, files), shard_bytes)
        built = _built(steps, shards, out_dir, order_of(options, started), on_stage)
    return reported(built, out_dir, options, time.monotonic() - started)


def _built(
    steps: ShardSteps, shards: list[Shard], out_dir: Path, order: Order, on_stage: OnStage
) -> Built:
    source = steps.work_dir / "source"
    for shard in shards:
        on_stage(TrainingStage.READING, READ * shard.number / len(shards))
        write_shard(shard, partial(file_pieces, Path(shard.file)), source)
        steps.survey(shard, source)
    weighed = steps.weigh(shards, order)
    on_stage(TrainingStage.FITTING, READ)
    for drawn in weighed.shards:
        steps.draw(drawn.part, order)
    steps.draft(order, lambda p: on_stage(TrainingStage.FITTING, _overall(FITTED * p)))
    for number, scored in enumerate(weighed.shards):
        share = FITTED + (EVALUATED - FITTED) * number / len(weighed.shards)
        on_stage(TrainingStage.EVALUATING, _overall(share))
        steps.score(scored.part, order)
    on_stage(TrainingStage.EXPORTING, _overall(EVALUATED))
    return steps.finish(out_dir, order)


def _overall(share: float) -> float:
    """Progress of the whole training, of which reading is the first part."""
    return READ + (1 - READ) * share


def _file(path: Path) -> DatasetFile:
    with path.open("rb") as file:
        return DatasetFile(str(path), path.stat().st_size, file.read(2))
