"""Files of this machine scored by the code that the map's workers run, a process for each core.

Ranges go to the processes, their parts come back in the order of the rows and are joined, so the
result has the bytes that the stack's merged result has.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import ValidationError

from fraud.domain.byte_ranges import ByteRange, split
from fraud.domain.errors import DatasetError, InvalidValue
from fraud.domain.model_cards import CARD_FILE, SERVED_FILES, ModelCard, ModelRecord
from fraud.domain.score_counts import ScoreCounts
from fraud_serving.served_model import ServedModel
from fraud_training.ingest.source import GZIP_MAGIC
from fraud_training.learn.threads import one_thread
from fraud_training.scoring.file_scoring import REFUSED_HEADER, FileScoring
from fraud_training.scoring.texts import PIECE_BYTES, file_pieces, opened_at

RANGE_BYTES = 16 << 20
"""180,000 transactions, half a second of a core."""

type OnProgress = Callable[[ScoreCounts, float], None]
"""Told the counts so far, and the share of the bytes that is done."""


class Scored(NamedTuple):
    """What came of files; `refused` is where the rows without a score are, None without any."""

    counts: ScoreCounts
    refused: Path | None


@dataclass(frozen=True)
class _Range:
    """A range of a file of this machine; a source of its bytes."""

    path: Path
    within: ByteRange

    @property
    def shown(self) -> str:
        return str(self.path)

    def pieces(self, within: ByteRange) -> Iterator[bytes]:
        return file_pieces(self.path, within)

    def opening(self, size_bytes: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(size_bytes)


def score_files(
    files: Sequence[Path],
    model_dir: Path,
    target: Path,
    on_progress: OnProgress,
    *,
    with_reasons: bool = False,
    workers: int | None = None,
    range_bytes: int = RANGE_BYTES,
) -> Scored:
    """Score files into one CSV file, whole or not at all.

    Parameters
    ----------
    files
        Plain or gzipped CSV, all with the same columns.
    model_dir
        A model's artifacts, as `fit` leaves them.
    target
        Rows without a score, where there are any, go to a `.refused.csv` beside it.
    workers
        Processes; by default one for each core.
    range_bytes
        A plain file is shared out in ranges of at most so many bytes.

    Raises
    ------
    DatasetError
        When the files cannot be scored.
    ArtifactRejected, InvalidValue
        When the model cannot be loaded.
    """
    load(model_dir)  # a model that cannot be loaded is no worker's trouble
    ranges = [part for path in files for part in _ranges(path, range_bytes)]
    if not ranges:
        raise DatasetError("There is no content in any of the files.", code="empty_dataset")
    refused_target = target.with_name(f"{target.stem}.refused.csv")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".scoring-") as name:
        directory = Path(name)
        with _pool(min(workers or os.cpu_count() or 1, len(ranges))) as pool:
            asked = [
                pool.submit(_scored, part, n, model_dir, directory, with_reasons)
                for n, part in enumerate(ranges)
            ]
            joined = _Joined(directory, sum(part.within.size_bytes for part in ranges))
            for n, (part, future) in enumerate(zip(ranges, asked, strict=True)):
                joined.add(n, part, future.result())
                on_progress(joined.counts, joined.done)
        return joined.moved_to(target, refused_target)


@cache
def load(model_dir: Path) -> ServedModel:
    """A model under its card's own policy, verified by its golden rows.

    Raises
    ------
    ArtifactRejected, InvalidValue
        When the directory holds none, or it does not answer as its golden rows say.
    """
    try:
        files = {name: (model_dir / name).read_bytes() for name in SERVED_FILES}
        card = ModelCard.model_validate_json(files[CARD_FILE])
    except (OSError, ValidationError) as e:
        what = f"{model_dir} holds no model: {type(e).__name__}; `fraud fit --out` makes one."
        raise InvalidValue(what) from None
    record = ModelRecord(
        name=card.name,
        version=1,
        created_at=card.created_at,
        training_id=card.training_id or 0,
        feature_set=card.feature_set.name,
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files={name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    )
    return ServedModel.load(record, files)


class _Joined:
    """Parts that are put together in order."""

    def __init__(self, directory: Path, size_bytes: int) -> None:
        self._directory = directory
        self._size_bytes, self._done_bytes = size_bytes, 0
        self._header = b""
        self._scored, self._refused = directory / "joined", directory / "joined-refused"
        self.counts = ScoreCounts()

    @property
    def done(self) -> float:
        """Share of the bytes, 0 to 1."""
        return self._done_bytes / self._size_bytes

    def add(self, number: int, part: _Range, counts: ScoreCounts) -> None:
        """Append what came of the next range."""
        scored, refused = _parts(self._directory, number)
        self._append(scored, self._scored, part)
        if counts.refused:
            _append(refused, self._refused, REFUSED_HEADER)
        scored.unlink()
        refused.unlink()
        self.counts = ScoreCounts.total([self.counts, counts])
        self._done_bytes += part.within.size_bytes

    def moved_to(self, target: Path, refused_target: Path) -> Scored:
        """Put the result where it was asked for; a reader finds all of it or nothing."""
        self._scored.replace(target)
        refused_target.unlink(missing_ok=True)
        if not self._refused.exists():
            return Scored(self.counts, None)
        self._refused.replace(refused_target)
        return Scored(self.counts, refused_target)

    def _append(self, source: Path, target: Path, part: _Range) -> None:
        with source.open("rb") as file:
            header = file.readline()
        if self._header and header != self._header:
            message = f"{part.shown} has other columns than the files before it."
            raise DatasetError(message, code="unlike_headers")
        self._header = header
        _append(source, target, header)


def _append(source: Path, target: Path, header: bytes) -> None:
    with target.open("ab") as joined, source.open("rb") as file:
        if joined.tell():
            file.seek(len(header))
        shutil.copyfileobj(file, joined, PIECE_BYTES)


def _ranges(path: Path, range_bytes: int) -> Iterator[_Range]:
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        packed = _is_packed(file)
    for within in split(size_bytes, size_bytes if packed else range_bytes):
        yield _Range(path, within)


def _is_packed(file: BinaryIO) -> bool:
    return file.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def _scored(
    part: _Range, number: int, model_dir: Path, directory: Path, with_reasons: bool
) -> ScoreCounts:
    """Score one range; runs in a process of its own."""
    try:
        with one_thread():
            header, blocks = opened_at(part, part.within, sys.maxsize)
            scoring = FileScoring(load(model_dir), header, with_reasons=with_reasons)
            return scoring.write(blocks, *_parts(directory, number))
    except DatasetError as e:
        raise DatasetError(f"{part.shown}: {e.message}", code=e.code) from None


def _parts(directory: Path, number: int) -> tuple[Path, Path]:
    return directory / f"{number}.csv", directory / f"{number}.refused.csv"


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    # A fork would copy ONNX Runtime's and NumPy's threads in whatever state they are.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
