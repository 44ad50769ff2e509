"""What a shard is: a file, or a byte range of a big plain one; and how its rows become a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from fraud.domain.byte_ranges import ByteRange, split, whole_lines
from fraud_training.ingest.opening import MAX_HEADER_BYTES
from fraud_training.ingest.source import GZIP_MAGIC

SHARD_BYTES = 256 * 2**20
"""Largest shard: half a minute's work for one core, and room on the smallest disk."""
BLOCK_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"

type Read = Callable[[ByteRange], Iterable[bytes]]
"""Gives a file's bytes from a range's `first_byte` to the file's end; not all need be taken."""


class Shard(BaseModel):
    """One piece of a dataset's work.

    Attributes
    ----------
    number
        From 0 on, in the order of the files' names and of the bytes within them.
    file
        The file's name, as it may be shown.
    end
        Where the next shard of the file starts, or the file's size.
    version
        What the file's store calls these bytes, so that a file that is changed meanwhile is found
        out; empty where there is no such thing.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    file: str
    start: int
    end: int
    size_bytes: int
    version: str = ""

    @property
    def whole(self) -> bool:
        """Whether it is a whole file."""
        return self.size_bytes == self.end - self.start

    @property
    def range(self) -> ByteRange:
        """Its bytes."""
        return ByteRange(self.start, self.end)

    @property
    def part(self) -> str:
        """The name of what it gives among that of other shards."""
        return f"{self.number:06d}"


@dataclass(frozen=True)
class DatasetFile:
    """A file of a dataset; `opening` are its first bytes, at least two where it has them."""

    name: str
    size_bytes: int
    opening: bytes
    version: str = ""

    @property
    def gzipped(self) -> bool:
        """Whether it can only be read from its start."""
        return self.opening.startswith(GZIP_MAGIC)


def shards_of(files: Iterable[DatasetFile], shard_bytes: int = SHARD_BYTES) -> list[Shard]:
    """Cut a dataset into shards of at most `shard_bytes`; gzipped and empty files stay whole."""
    ranges = [
        (file, within)
        for file in sorted(files, key=lambda f: f.name)
        for within in _ranges(file, shard_bytes)
    ]
    return [
        Shard(
            number=number,
            file=file.name,
            start=within.start,
            end=within.end,
            size_bytes=file.size_bytes,
            version=file.version,
        )
        for number, (file, within) in enumerate(ranges)
    ]


def write_shard(shard: Shard, read: Read, target: Path) -> None:
    """Write a shard's rows as a file of their own, the header of its file above them.

    Raises
    ------
    DatasetError
        When a line has no end.
    """
    with target.open("wb") as file:
        if shard.whole:
            file.writelines(read(shard.range))
            return
        if shard.start:
            file.write(_header(read(ByteRange(0, MAX_HEADER_BYTES))))
        file.writelines(whole_lines(read(shard.range), shard.range, BLOCK_BYTES))


def repeated_header_lines(shard: Shard) -> int:
    """Lines above a shard's rows that are not there in its file."""
    return 1 if shard.start else 0


def _ranges(file: DatasetFile, shard_bytes: int) -> Sequence[ByteRange]:
    if file.gzipped or not file.size_bytes:
        return [ByteRange(0, file.size_bytes)]
    return split(file.size_bytes, shard_bytes)


def _header(pieces: Iterable[bytes]) -> bytes:
    """A file's first line with something in it; nothing where no such line ends in time."""
    held = b""
    for piece in _bounded(pieces):
        held += piece
        line, end, _ = held.removeprefix(_BOM).lstrip(b"\r\n").partition(b"\n")
        if end:
            return line + end
    return b""


def _bounded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    taken = 0
    for piece in pieces:
        yield piece
        taken += len(piece)
        if taken > 2 * MAX_HEADER_BYTES:
            return
