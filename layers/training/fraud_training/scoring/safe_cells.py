"""Cells that a spreadsheet takes for text or a number, never for a formula.

A cell that begins with one of = + - @ or a tab is run as a formula when a spreadsheet opens the
file; an apostrophe before it makes it text. Numbers keep their sign.

References
----------
OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import re

import numpy as np

from fraud_training.ingest.cells import cells_of

_MARKS = b"=+-@\t"
_BEFORE = b',\n"'
_IS_MARK, _IS_BEFORE = (np.isin(np.arange(256), [*marks]) for marks in (_MARKS, _BEFORE))
_SUSPICIOUS = re.compile(rb'(?:^|[,"])[=+\-@\t]')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def safe_lines(text: bytes, lines: list[bytes]) -> list[bytes]:
    """Make every cell of some lines safe.

    Parameters
    ----------
    text
        The block that the lines are in: where none of its cells begins with a mark, which takes
        100 ns a row to see, no line is looked at.
    lines
        Lines without their ends.
    """
    if not _has_marks(text):
        return lines
    return [safe_line(line) if _SUSPICIOUS.search(line) else line for line in lines]


def _has_marks(text: bytes) -> bool:
    data = np.frombuffer(text, dtype=np.uint8)
    marks = np.flatnonzero(_IS_MARK[data])
    # The first one's neighbour is looked up at -1, which is a line end.
    return bool(_IS_BEFORE[data[marks - 1]].any())


def safe_line(line: bytes) -> bytes:
    """Make every cell of a line safe; a line that is no CSV becomes one cell."""
    text = line.decode(errors="surrogateescape")
    cells = cells_of(text)
    if cells is None:
        return joined([safe_cell(text)]).encode(errors="surrogateescape")
    safe = [safe_cell(cell) for cell in cells]
    if safe == cells:
        return line
    return joined(safe).encode(errors="surrogateescape")


def safe_cell(cell: str) -> str:
    """Make one cell safe."""
    if cell.startswith(tuple("=+-@\t\r")) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def joined(cells: list[str]) -> str:
    """Cells as a CSV line without its end, quoted where they need it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()
