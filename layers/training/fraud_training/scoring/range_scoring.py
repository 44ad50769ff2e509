"""One range of a file: read from S3, scored, written as a part; once, however often it is run.

The part is named after the range and only written where there is none, and it carries the report of
what is in it. A second run finds it and returns that report; two at once score the same rows in the
same way, and the one that comes second throws its part away.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.adapters.scoring_bucket import ScoringBucket, refused_name
from fraud.adapters.scorings_table import ScoringsTable
from fraud.domain.byte_ranges import ByteRange
from fraud.domain.errors import Conflict, DatasetError, Unavailable
from fraud.domain.scorings import ScoringFailure, ScoringStatus, Shard, ShardReport
from fraud_serving.served_model import ServedModel
from fraud_training.scoring.file_scoring import FileScoring
from fraud_training.scoring.texts import opened_at


class RangeTask(BaseModel):
    """What the state machine asks a worker for."""

    model_config = ConfigDict(frozen=True)

    id: str
    model: str
    reasons: bool
    shard: Shard


class _Object:
    """An object, as it was when the scoring was planned."""

    def __init__(self, objects: DatasetObjects, shard: Shard) -> None:
        self._objects = objects
        self._stored = StoredObject(shard.bucket, shard.key, shard.etag, shard.file_bytes)
        self.shown = self._stored.shown

    def pieces(self, within: ByteRange) -> Iterator[bytes]:
        return self._objects.pieces(self._stored, within)

    def opening(self, size_bytes: int) -> bytes:
        return self._objects.opening(self._stored, size_bytes)


@dataclass(frozen=True)
class RangeScoring:
    """Scores ranges.

    Attributes
    ----------
    load
        Gives a model by name; whoever makes it keeps the last one in memory.
    max_unpacked_bytes
        What a gzipped file may unpack to.
    """

    objects: DatasetObjects
    bucket: ScoringBucket
    scorings: ScoringsTable
    load: Callable[[str], ServedModel]
    max_unpacked_bytes: int

    def run(self, task: RangeTask) -> ShardReport:
        """Score a range, or find that it has been.

        Raises
        ------
        DatasetError
            When the file cannot be read as it was planned; the scoring notes the first one.
        Unavailable
            When trying again may help.
        """
        known = self.bucket.report(task.id, task.shard.name)
        if known is not None:
            return known
        try:
            with tempfile.TemporaryDirectory() as scratch:
                return self._scored(task, Path(scratch))
        except DatasetError as e:
            self._note(task, e)
            raise

    def _scored(self, task: RangeTask, scratch: Path) -> ShardReport:
        source = _Object(self.objects, task.shard)
        header, blocks = opened_at(source, task.shard.range, self.max_unpacked_bytes)
        scoring = FileScoring(self.load(task.model), header, with_reasons=task.reasons)
        part, refused = scratch / "part.csv", scratch / "refused.csv"
        counts = scoring.write(blocks, part, refused)
        report = ShardReport(
            name=task.shard.name,
            size_bytes=part.stat().st_size,
            header_bytes=len(scoring.header),
            header_sha256=hashlib.sha256(scoring.header).hexdigest(),
            counts=counts,
        )
        if counts.refused:
            self.bucket.put_file(task.id, refused_name(report.name), refused)
        try:
            self.bucket.add_part(task.id, report, part)
        except Conflict:  # another run of the same range was first
            return report
        # The part is there: what is reported at the end comes from parts, not from progress.
        with suppress(Unavailable):
            self.scorings.count(task.id, task.shard, counts, datetime.now(UTC))
        return report

    def _note(self, task: RangeTask, error: DatasetError) -> None:
        failure = ScoringFailure(code=error.code, message=f"{task.shard.shown}: {error.message}")
        with suppress(Conflict, Unavailable):
            self.scorings.change(
                task.id, [ScoringStatus.PROCESSING], datetime.now(UTC), first_failure=failure
            )
