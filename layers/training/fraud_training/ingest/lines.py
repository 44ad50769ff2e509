"""From a block of CSV bytes to where each field of each row begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Loads of 16 bytes before a field's end and of 8 from its start stay within the block.
HEAD = bytes(16)
TAIL = bytes(8)
MAX_TEXT = 80

_COMMA, _QUOTE, _LF, _CR = b',"\n\r'


type Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of the well-formed rows of a block.

    `row_starts`, shape (rows,), and `cuts`, shape (columns, rows), are byte positions: where each
    row begins and where each field ends. `lines` gives each row's line within the block, from 0.
    `words[i]` are the eight bytes from position i, the first in the lowest byte.
    """

    block: bytes
    octets: NDArray[np.uint8]
    words: NDArray[np.uint64]
    row_starts: Positions
    cuts: Positions
    lines: Positions
    quoted: bool

    @property
    def rows(self) -> int:
        """How many rows are well-formed."""
        return len(self.row_starts)

    def bounds(
        self, column: int, rows: Positions | slice = slice(None)
    ) -> tuple[Positions, Positions]:
        """Where a column's fields begin and end, without their quotes, each of shape (n,)."""
        starts = self.cuts[column - 1, rows] + 1 if column else self.row_starts[rows]
        ends = self.cuts[column, rows]
        if self.quoted:
            trim = (ends - starts > 1) & (self.octets.take(starts) == _QUOTE)
            trim &= self.octets.take(ends - 1) == _QUOTE
            starts, ends = starts + trim, ends - trim
        return starts, ends

    def text(self, column: int, row: int) -> str:
        """One field's text, shortened to what a message can show."""
        starts, ends = self.bounds(column, slice(row, row + 1))
        start = int(starts[0])
        return self.block[start : min(int(ends[0]), start + MAX_TEXT)].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lines without the header's number of fields: their lines within the block, ascending.

    `fields` is how many the first of them has, 0 for one that ends inside quotes.
    """

    lines: Positions
    fields: int


def split(text: bytes, columns: int) -> tuple[Fields, Ragged, int]:
    """Find the fields of whole lines.

    Quotes may surround a field and hide commas; a line break within quotes is not supported, the
    line counts as ragged. Empty lines are skipped.

    Parameters
    ----------
    text
        Whole lines, the last one ended.
    columns
        Fields per row, at least 2.

    Returns
    -------
    tuple
        The well-formed rows, the others, and the number of lines.
    """
    block = b"".join((HEAD, text, TAIL))
    octets = np.frombuffer(block, dtype=np.uint8)
    is_end = octets == _LF
    count = int(np.count_nonzero(is_end))
    is_cut = octets == _COMMA
    is_cut |= is_end
    cuts = np.flatnonzero(is_cut)
    if cuts.size == columns * count and b'"' not in text:
        ends = np.ascontiguousarray(cuts.reshape(-1, columns).T)
        if bool(is_end.take(ends[-1]).all()):
            starts = np.empty(count, dtype=np.intp)
            starts[0] = len(HEAD)
            np.add(ends[-1, :-1], 1, out=starts[1:])
            if b"\r" in text:
                ends[-1] -= octets.take(ends[-1] - 1) == _CR
            fields = _fields(block, octets, starts, ends, np.arange(count), quoted=False)
            return fields, Ragged(np.empty(0, dtype=np.intp), 0), count
    return _split_irregular(block, octets, cuts, columns)


def _split_irregular(
    block: bytes, octets: NDArray[np.uint8], cuts: Positions, columns: int
) -> tuple[Fields, Ragged, int]:
    """As `split`, for blocks with quotes, empty lines or rows of another length."""
    is_end = octets.take(cuts) == _LF
    line_ends, commas = cuts[is_end], cuts[~is_end]
    starts = np.concatenate(([len(HEAD)], line_ends[:-1] + 1))
    ends = line_ends - (octets.take(line_ends - 1) == _CR)
    quotes = np.cumsum(octets == _QUOTE, dtype=np.intp)
    before_line = quotes.take(starts - 1)
    unclosed = (quotes.take(line_ends) - before_line) % 2 == 1

    line_of = np.searchsorted(line_ends, commas)
    bare = (quotes.take(commas) - before_line.take(line_of)) % 2 == 0
    commas, line_of = commas[bare], line_of[bare]
    counts = np.bincount(line_of, minlength=len(line_ends)) + 1
    counts[unclosed] = 0

    empty = ends <= starts
    good = (counts == columns) & ~empty
    ragged = np.flatnonzero(~good & ~empty)
    inner = commas[good.take(line_of)].reshape(-1, columns - 1).T
    fields = _fields(
        block,
        octets,
        starts[good],
        np.ascontiguousarray(np.vstack([inner, ends[good]])),
        np.flatnonzero(good),
        quoted=bool(quotes[-1]),
    )
    return fields, Ragged(ragged, int(counts[ragged[0]]) if ragged.size else 0), len(line_ends)


def _fields(
    block: bytes,
    octets: NDArray[np.uint8],
    row_starts: Positions,
    cuts: Positions,
    lines: Positions,
    *,
    quoted: bool,
) -> Fields:
    words: NDArray[np.uint64] = np.ndarray(
        (len(block) - 7,), dtype=np.dtype("<u8"), buffer=block, strides=(1,)
    )
    return Fields(block, octets, words, row_starts, cuts, lines, quoted)
