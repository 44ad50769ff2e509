"""Which shards a training over many files has, and whether that is too much."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import cast

from fraud.adapters.ahead import read_ahead
from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.domain.errors import DatasetError
from fraud.domain.links import S3Link, check_bucket, parse_link
from fraud.domain.training_costs import estimated_training_usd
from fraud.domain.trainings import Training
from fraud.domain.worker_times import READS_AT_ONCE
from fraud.services.trainings import LinkRules
from fraud_training.scoring.files import files_below
from fraud_training.scoring.openings import sample
from fraud_training.shards.shard import DatasetFile, Shard, shards_of

MAX_SHARDS = 4_000
"""Shards of one training, at most: half a terabyte by 128 MiB. The steps that join what they give
read it one after the other."""


@dataclass(frozen=True)
class ShardLimits:
    """How a training is cut, and what it may take.

    Attributes
    ----------
    shard_bytes
        Of a shard, at most.
    memory_mb, trainer_memory_mb
        Of the functions that work on shards, and that join what they give.
    """

    shard_bytes: int
    max_concurrency: int
    tolerated_failure_percentage: float
    max_rows: int
    max_cost_usd: float
    memory_mb: int
    trainer_memory_mb: int


@dataclass(frozen=True)
class ShardPlanner:
    """Plans trainings over many files."""

    objects: DatasetObjects
    rules: LinkRules
    limits: ShardLimits

    def plan(self, training: Training) -> list[Shard]:
        """Find the files and cut them.

        Raises
        ------
        DatasetError
            When there are none, or too many, or they may not be read.
        InvalidValue
            When the link is not allowed.
        Unavailable
            When trying again may help.
        """
        link = cast("S3Link", parse_link(training.request.dataset))  # as `many_files` says
        check_bucket(link, self.rules.buckets)
        files = list(islice(files_below(self.objects, link), MAX_SHARDS + 1))
        if not files:
            message = f"There is no file below {link.text}, or none with content."
            raise DatasetError(message, code="empty_dataset")
        shards = shards_of(read_ahead(self._file, files, READS_AT_ONCE), self.limits.shard_bytes)
        self._check(files, len(shards))
        return shards

    def _file(self, stored: StoredObject) -> DatasetFile:
        # Only a file that would be cut need be looked at.
        large = stored.size_bytes > self.limits.shard_bytes
        opening = self.objects.opening(stored, 2) if large else b""
        return DatasetFile(stored.shown, stored.size_bytes, opening, stored.etag)

    def _check(self, files: list[StoredObject], shards: int) -> None:
        limits = self.limits
        if shards > MAX_SHARDS:
            message = (
                f"These are more than {MAX_SHARDS:,} shards of {limits.shard_bytes:,} bytes; put "
                "small files together, or raise TrainingShardBytes."
            )
            raise DatasetError(message, code="too_many_shards")
        rows = sample(self.objects, files).rows(files)
        if rows > limits.max_rows:
            message = (
                f"These are about {rows:,} rows, and {limits.max_rows:,} are allowed; raise "
                "TrainingMaxRows, or train on fewer."
            )
            raise DatasetError(message, code="too_many_rows")
        usd = estimated_training_usd(
            rows, shards, limits.memory_mb, limits.trainer_memory_mb, limits.max_concurrency
        )
        if usd > limits.max_cost_usd:
            message = (
                f"This would cost about {usd:.2f} USD, and {limits.max_cost_usd:.2f} are allowed; "
                "raise TrainingMaxCostUsd, or train on fewer rows."
            )
            raise DatasetError(message, code="too_costly")
