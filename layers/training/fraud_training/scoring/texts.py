"""CSV files, plain or gzipped, as a header and blocks of whole lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

from fraud.domain.byte_ranges import ByteRange, whole_lines
from fraud_training.download.content import capped, gunzipped
from fraud_training.ingest.opening import MAX_HEADER_BYTES, first_line
from fraud_training.ingest.source import BLOCK_BYTES, GZIP_MAGIC

PIECE_BYTES = 1 << 20
EVERYTHING = ByteRange(0, sys.maxsize)


def opened(
    pieces: Iterable[bytes], within: ByteRange, shown: str, max_unpacked_bytes: int
) -> tuple[str, Iterator[bytes]]:
    """Read the header of a file, and the lines of its first range.

    Parameters
    ----------
    pieces
        The file's bytes from its beginning.
    within
        A range that begins there; of a gzipped file always all of it.
    shown
        The file, in messages.
    max_unpacked_bytes
        What a gzipped file may unpack to.

    Returns
    -------
    tuple
        The header line, and blocks of whole lines behind it, a few megabytes each.

    Raises
    ------
    DatasetError
        When this is no CSV file, is damaged, or too large.
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    pieces = chain([first], pieces)
    if first.startswith(GZIP_MAGIC):
        pieces, within = capped(gunzipped(pieces, shown), max_unpacked_bytes), EVERYTHING
    blocks = whole_lines(pieces, within, BLOCK_BYTES)
    header, rest, _ = first_line(next(blocks, b""))
    return header, chain([rest] if rest else [], blocks)


def file_pieces(path: Path, within: ByteRange) -> Iterator[bytes]:
    """The bytes of a file of this machine from `within.first_byte` on, to its end."""
    with path.open("rb") as file:
        file.seek(within.first_byte)
        while piece := file.read(PIECE_BYTES):
            yield piece


class Source(Protocol):
    """A file that can be read from anywhere in it."""

    @property
    def shown(self) -> str:
        """The file, in messages."""

    def pieces(self, within: ByteRange) -> Iterable[bytes]:
        """Its bytes from `within.first_byte` on, to its end."""

    def opening(self, size_bytes: int) -> bytes:
        """Its first bytes."""


def opened_at(
    source: Source, within: ByteRange, max_unpacked_bytes: int
) -> tuple[str, Iterator[bytes]]:
    """Read the header of a file, and the lines of any of its ranges; otherwise as `opened`."""
    pieces = source.pieces(within)
    if within.start == 0:
        return opened(pieces, within, source.shown, max_unpacked_bytes)
    header, _, _ = first_line(source.opening(MAX_HEADER_BYTES))
    return header, whole_lines(pieces, within, BLOCK_BYTES)
