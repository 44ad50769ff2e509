"""One block of lines: the rows that can be scored, and why the others cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np

from fraud_training.ingest.blocks import read_table, sound_table
from fraud_training.ingest.columns import Column
from fraud_training.ingest.layout import Layout
from fraud_training.ingest.problems import Problem

RAGGED = "ragged_rows"
PIECE_BYTES = 1 << 17
"""Some 1,500 transactions: reading them one by one takes as long as 14,000 at once."""


@dataclass(frozen=True, slots=True)
class BlockRows:
    """The rows of a block.

    Attributes
    ----------
    values
        Columns of the n sound rows, float64, shape (n,).
    lines
        Their lines without line ends, length n.
    refused
        The others' lines, each with its reason.
    """

    values: Mapping[str, Column]
    lines: list[bytes]
    refused: list[tuple[bytes, str]]


def read_rows(text: bytes, layout: Layout) -> BlockRows:
    """Read whole lines; empty ones are no rows."""
    table = sound_table(text, layout)
    if table is not None:
        return BlockRows(table.values, text.splitlines(), [])
    # Only the lines near one that cannot be used are read one by one.
    read = [_read_closely(piece, layout) for piece in _pieces(text)]
    return BlockRows(
        {name: np.concatenate([r.values[name] for r in read]) for name in layout.positions},
        list(chain.from_iterable(r.lines for r in read)),
        list(chain.from_iterable(r.refused for r in read)),
    )


def _pieces(text: bytes) -> Iterator[bytes]:
    start, end = 0, -1
    while end < len(text):
        end = text.find(b"\n", start + PIECE_BYTES) + 1 or len(text)
        yield text[start:end]
        start = end


def _read_closely(text: bytes, layout: Layout) -> BlockRows:
    # Whatever follows bad lines is scored: a reader that stopped would refuse sound rows.
    table, found, _ = read_table(text, layout, max_ragged=math.inf)
    lines = text.splitlines()
    sound = np.ones(len(table.lines), dtype=bool)
    reasons: dict[int, str] = {}
    for problem, where in found:
        if not problem.usable:
            reasons |= dict.fromkeys(table.lines[where & sound].tolist(), _reason(problem))
            sound &= ~where
    if len(table.lines) < len(lines):
        read = set(table.lines.tolist())
        ragged = (n for n, line in enumerate(lines) if n not in read and line.strip())
        reasons |= dict.fromkeys(ragged, RAGGED)
    elif sound.all():
        return BlockRows(table.values, lines, [])
    return BlockRows(
        {name: column[sound] for name, column in table.values.items()},
        [lines[n] for n in table.lines[sound].tolist()],
        [(lines[n], reasons[n]) for n in sorted(reasons)],
    )


def _reason(problem: Problem) -> str:
    return f"{problem.code} {problem.column}"
