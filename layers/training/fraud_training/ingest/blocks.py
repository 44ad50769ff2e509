"""One block of CSV lines to records, problems and sums; blocks do not depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fraud_training.ingest.columns import ColumnReader
from fraud_training.ingest.keys import row_keys
from fraud_training.ingest.layout import Form, Layout
from fraud_training.ingest.lines import Ragged, split
from fraud_training.ingest.problems import Problem
from fraud_training.ingest.tally import Tally, empty_tally, tally

# Whole numbers below 256 and below 65,536; everything else stays a float64.
_SMALL: dict[str, type[np.generic]] = {
    "type": np.uint8,
    "day_of_month": np.uint8,
    "step": np.uint16,
}


def record_dtype(form: Form) -> np.dtype[np.void]:
    """The records of a form: `key`, `label` and the form's columns."""
    fields: list[tuple[str, Any]] = [("key", np.uint64), ("label", np.uint8)]
    fields += [(name, _SMALL.get(name, np.float64)) for name in form.columns]
    return np.dtype(fields)


@dataclass(frozen=True, slots=True)
class BlockRecords:
    """What one block gave: `rows` counts the unusable ones too, `lines` also the empty ones."""

    records: NDArray[np.void]
    rows: int
    lines: int
    problems: list[Problem]
    tally: Tally


def read_block(text: bytes, layout: Layout) -> BlockRecords:
    """Parse, check and sum up whole lines.

    Parameters
    ----------
    text
        Whole lines, the last one ended.
    layout
        Where the columns are.
    """
    fields, ragged, lines = split(text, layout.fields)
    problems = [*_encoding_problems(text), *_ragged_problems(ragged)]
    rows = fields.rows + len(ragged.lines)
    form = layout.form
    if not fields.rows:
        records = np.empty(0, dtype=record_dtype(form))
        return BlockRecords(records, rows, lines, problems, empty_tally(len(form.columns)))
    reader = ColumnReader(fields, layout)
    columns, labels = reader.columns(), reader.labels()
    problems += reader.problems
    if reader.bad.any():
        columns = [column[~reader.bad] for column in columns]
        labels = labels[~reader.bad]
    records = np.empty(len(labels), dtype=record_dtype(form))
    records["key"] = row_keys([*columns, labels])
    records["label"] = labels
    for name, column in zip(form.columns, columns, strict=True):
        records[name] = column
    if not len(labels):
        return BlockRecords(records, rows, lines, problems, empty_tally(len(columns)))
    time = columns[form.columns.index(form.time)]
    return BlockRecords(records, rows, lines, problems, tally(columns, time, labels))


def _ragged_problems(ragged: Ragged) -> list[Problem]:
    if not ragged.lines.size:
        return []
    example = f"{ragged.fields} fields" if ragged.fields else "quotes are not closed"
    first = int(ragged.lines[0])
    return [Problem("ragged_rows", None, len(ragged.lines), first, (example,))]


def _encoding_problems(text: bytes) -> list[Problem]:
    if text.isascii():
        return []
    try:
        text.decode()
    except UnicodeDecodeError:
        wrong = [i for i, line in enumerate(text.split(b"\n")) if not _is_utf8(line)]
        return [Problem("wrong_encoding", None, len(wrong), wrong[0])]
    return []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
