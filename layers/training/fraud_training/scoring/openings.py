"""The beginnings of files: their header, and how many rows there are, by some of the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from statistics import fmean, median

from fraud.adapters.ahead import read_ahead
from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.domain.errors import DatasetError
from fraud.domain.worker_times import READS_AT_ONCE
from fraud_training.download.content import gunzipped
from fraud_training.ingest.findings import DatasetRejected
from fraud_training.ingest.opening import MAX_HEADER_BYTES, first_line
from fraud_training.ingest.source import BLOCK_BYTES, GZIP_MAGIC

SAMPLED_FILES = 8
LOOKED_AT_FILES = 1_000
"""Where none of the sampled files has a row, the largest ones are looked at up to so many."""
MIN_ROW_BYTES = 10
"""The shortest row that any model takes, `1,DEBIT,0,0`, has 12 bytes with its end."""
FED_BYTES = 1 << 12


@dataclass(frozen=True)
class Opening:
    """The beginning of a file.

    Attributes
    ----------
    header
        Its first line.
    row_bytes
        What a row takes as it is stored, by those that are in the beginning; None without any.
    stored_share
        Stored bytes to a byte of text: 1 but for gzipped files.
    whole
        Whether this is all of the file.
    """

    header: str
    row_bytes: float | None
    stored_share: float
    whole: bool

    @property
    def bytes_per_row(self) -> float:
        """What a row takes, or might take at least; 0 where there certainly is none."""
        if self.row_bytes is not None:
            return self.row_bytes
        return 0 if self.whole else MIN_ROW_BYTES * self.stored_share

    def rows(self, size_bytes: int) -> int:
        """About how many rows so many bytes of the file are."""
        return _rows(size_bytes, self.bytes_per_row)


@dataclass(frozen=True)
class Sample:
    """What the beginnings of some files say of all: `bytes_per_row` is 0 where none has a row."""

    header: str
    bytes_per_row: float

    def rows(self, files: Sequence[StoredObject]) -> int:
        """About how many rows the files have, rather too many than too few."""
        return _rows(sum(file.size_bytes for file in files), self.bytes_per_row)


def look(objects: DatasetObjects, file: StoredObject) -> Opening:
    """Read the beginning of a file.

    Raises
    ------
    DatasetError
        When it is no CSV file, or cannot be unpacked.
    """
    stored = text = objects.opening(file, MAX_HEADER_BYTES)
    whole, share = len(stored) == file.size_bytes, 1.0
    if stored.startswith(GZIP_MAGIC):
        taken, text = _unpacked(stored, file)
        whole, share = taken == file.size_bytes, taken / max(len(text), 1)
    header, rest, _ = first_line(text)
    lines = rest.split(b"\n")
    if not whole:
        lines.pop()  # the rest of it is not here
    sizes = [len(line) + 1 for line in lines if line.strip()]
    # A few long rows do not hide how many short ones there are.
    row_bytes = share * max(min(fmean(sizes), median(sizes)), MIN_ROW_BYTES) if sizes else None
    return Opening(header, row_bytes, share, whole)


def glance(objects: DatasetObjects, file: StoredObject) -> Opening | None:
    """As `look`; None where the file cannot be read: whoever works on it tells what is wrong."""
    try:
        return look(objects, file)
    except DatasetError:
        return None


def sample(objects: DatasetObjects, files: Sequence[StoredObject]) -> Sample:
    """Look at the first file, the last, the largest and some between.

    A later file that cannot be read says nothing here.

    Raises
    ------
    DatasetError
        When the first one cannot be read.
    Unavailable
        When trying again may help.
    """
    looked = partial(glance, objects)
    first, *chosen = _spread(files)
    with named(first, files):
        opening = look(objects, first)
    seen = [opening, *read_ahead(looked, chosen, READS_AT_ONCE)]
    sizes = [each.row_bytes for each in seen if each and each.row_bytes]
    if not sizes:
        skipped = {first, *chosen}
        others = (file for file in files if file not in skipped)
        rest = sorted(others, key=lambda f: f.size_bytes, reverse=True)
        for each in read_ahead(looked, islice(rest, LOOKED_AT_FILES), READS_AT_ONCE):
            seen.append(each)
            if each and each.row_bytes:
                break
    return Sample(opening.header, _bytes_per_row(seen, len(files)))


@contextmanager
def named(file: StoredObject, files: Sequence[StoredObject]) -> Iterator[None]:
    """Say of which file a refusal inside the block is, where there are several."""
    try:
        yield
    except DatasetRejected as e:
        if len(files) == 1:
            raise
        told = [
            found.model_copy(update={"message": f"{file.shown}: {found.message}"})
            for found in e.findings
        ]
        raise DatasetRejected(told) from None


def _rows(size_bytes: int, bytes_per_row: float) -> int:
    return round(size_bytes / bytes_per_row) if bytes_per_row else 0


def _spread(files: Sequence[StoredObject]) -> list[StoredObject]:
    """The first file, the last, some evenly between, and the largest; each once."""
    gaps = SAMPLED_FILES - 2
    spread = [files[(len(files) - 1) * i // gaps] for i in range(gaps + 1)]
    return list(dict.fromkeys([*spread, max(files, key=lambda f: f.size_bytes)]))


def _bytes_per_row(seen: Sequence[Opening | None], files: int) -> float:
    sizes = [each.row_bytes for each in seen if each and each.row_bytes]
    if sizes:
        return min(sizes)
    if len(seen) == files and all(each and each.whole for each in seen):
        return 0
    return MIN_ROW_BYTES * min(each.stored_share for each in seen if each)


def _unpacked(stored: bytes, file: StoredObject) -> tuple[int, bytes]:
    """Unpack the members of a gzipped file's beginning: how much of it was taken, and the text."""
    taken, text = 0, bytearray()

    def fed() -> Iterator[bytes]:
        nonlocal taken
        while taken < len(stored) and len(text) < BLOCK_BYTES:
            piece = stored[taken : taken + FED_BYTES]
            taken += len(piece)
            yield piece

    try:
        for piece in gunzipped(fed(), file.shown):
            text += piece
    except DatasetError as e:
        # That the beginning ends within a member says nothing of the file.
        if e.code != "dataset_truncated" or taken == file.size_bytes:
            raise
    return taken, bytes(text)
