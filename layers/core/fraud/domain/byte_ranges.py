"""Ranges of a file's bytes that share its lines out: each line to exactly one range.

A line belongs to the range in which it begins. So a file can be split by its size alone, without a
look at where its lines end, and whoever reads a range starts one byte early to see whether a line
begins there, and reads on past its end until the last line has ended. Hadoop splits text files in
this way (White, "Hadoop: The Definitive Guide", 4th ed., chapter 8, "TextInputFormat").

A line ends with a line feed; a carriage return before it is the line's own. A line feed within
quotes ends a line too, as it does wherever this product reads CSV.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fraud.domain.errors import DatasetError

MAX_LINE_BYTES = 1 << 20
"""Lines longer than this are no CSV; a reader gives up instead of looking for their end."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` to before `end` of a file."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many bytes that are."""
        return self.end - self.start

    @property
    def first_byte(self) -> int:
        """Where to begin reading: the byte before the range says whether a line begins with it."""
        return max(self.start - 1, 0)


def split(size_bytes: int, range_bytes: int) -> list[ByteRange]:
    """Split a file into the fewest ranges of at most `range_bytes`, equal to within a byte.

    Parameters
    ----------
    size_bytes
        The file's size; an empty file has no range.
    range_bytes
        Largest range, at least 1.
    """
    count = -(-size_bytes // range_bytes)
    cuts = [size_bytes * i // count for i in range(count + 1)] if count else []
    return [ByteRange(start, end) for start, end in itertools.pairwise(cuts)]


def whole_lines(pieces: Iterable[bytes], within: ByteRange, block_bytes: int) -> Iterator[bytes]:
    """Yield the lines that belong to a range, in blocks of whole lines.

    Parameters
    ----------
    pieces
        The file's bytes from `within.first_byte` on, in pieces of any size, to the file's end; no
        more of them are taken than the range's last line needs.
    within
        The range.
    block_bytes
        A block has at least so many bytes where the range has, and at most a piece and a line more.

    Yields
    ------
    bytes
        Whole lines, each of them ended: where the file's last line is not, it is here.

    Raises
    ------
    DatasetError
        When a line is longer than `MAX_LINE_BYTES`.
    """
    position, held = within.first_byte, bytearray()
    begun = within.start == 0
    for piece in pieces:
        held += piece
        position += len(piece)
        if not begun:
            begun = _drop_first_line(held)
        if position >= within.end and begun and _cut_after_last(held, within.end, position):
            yield from _nonempty(bytes(held))
            return
        if begun and len(held) >= block_bytes:
            yield from _nonempty(_taken(held))
        if len(held) > block_bytes + len(piece) + MAX_LINE_BYTES:
            raise _endless(position)
    if begun and held and position - len(held) < within.end:
        yield bytes(held) if held.endswith(b"\n") else bytes(held) + b"\n"


def _drop_first_line(held: bytearray) -> bool:
    """Drop what belongs to the range before, once its end is here."""
    end = held.find(b"\n")
    if end < 0:
        if len(held) > MAX_LINE_BYTES:
            raise _endless(len(held))
        return False
    del held[: end + 1]
    return True


def _cut_after_last(held: bytearray, end: int, position: int) -> bool:
    """Cut off what begins at `end` or after it, once the last line before has ended."""
    # A line begins after each line feed: the last of ours ends with the first one from end - 1 on.
    first = position - len(held)
    if first >= end:
        held.clear()
        return True
    last = held.find(b"\n", end - 1 - first)
    if last < 0:
        return False
    del held[last + 1 :]
    return True


def _taken(held: bytearray) -> bytes:
    """Take the whole lines out of what is held."""
    end = held.rfind(b"\n") + 1
    lines = bytes(held[:end])
    del held[:end]
    return lines


def _nonempty(lines: bytes) -> Iterator[bytes]:
    if lines:
        yield lines


def _endless(position: int) -> DatasetError:
    return DatasetError(
        f"There is no line end in the {MAX_LINE_BYTES:,} bytes before byte {position:,}: this is "
        "not a CSV file.",
        code="dataset_not_csv",
    )
