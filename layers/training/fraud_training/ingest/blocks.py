"""One block of CSV lines to records and problems; blocks do not depend on each other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fraud.domain.features import TYPE_CODES
from fraud_training.ingest.cells import cells_of
from fraud_training.ingest.columns import Column, Rows, Table
from fraud_training.ingest.evenness import has_even_rows
from fraud_training.ingest.layout import Form, Layout
from fraud_training.ingest.problems import MAX_BAD_ROWS, Problem
from fraud_training.ingest.uniform import row_keys

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


def read_block(text: bytes, layout: Layout) -> BlockRecords:
    """Parse and check whole lines.

    Parameters
    ----------
    text
        Whole lines, the last one ended.
    layout
        Where the columns are.
    """
    table, found, problems = read_table(text, layout)
    rows = len(table.lines) + sum(p.rows for p in problems if p.code == "ragged_rows")
    good = np.ones(len(table.lines), dtype=bool)
    for problem, where in found:
        problems.append(problem)
        if not problem.usable:
            good &= ~where
    values = {name: column[good] for name, column in table.values.items()}
    return BlockRecords(_records(values, layout.form), rows, _count(text, b"\n"), problems)


def sound_table(text: bytes, layout: Layout) -> Table | None:
    """Read whole lines that all can be used; None where some cannot, or that is not certain."""
    table = _read_plain(text, layout)
    if table is None or not all(problem.usable for problem, _ in table.problems()):
        return None
    return table


def read_table(
    text: bytes, layout: Layout, max_ragged: float = MAX_BAD_ROWS
) -> tuple[Table, list[tuple[Problem, Rows]], list[Problem]]:
    """Read whole lines; only where some cannot be used, one by one.

    Parameters
    ----------
    text, layout
        As `read_block`.
    max_ragged
        After more rows with another number of fields than the header nothing more is read.

    Returns
    -------
    tuple
        The well-formed rows, what is wrong with them and where, and the faults of whole lines.
    """
    table = _read_plain(text, layout)
    found = table.problems() if table else []
    problems: list[Problem] = []
    if table is None or not all(problem.usable for problem, _ in found):
        table, problems = _read_line_by_line(text, layout, max_ragged)
        found = table.problems()
    return table, found, problems


def _records(values: dict[str, Column], form: Form) -> NDArray[np.void]:
    keys = row_keys(list(values.values()))
    records = np.empty(len(keys), dtype=record_dtype(form))
    records["key"] = keys
    records["label"] = values[form.label]
    for name in form.columns:
        records[name] = values[name]
    return records


def _read_plain(text: bytes, layout: Layout) -> Table | None:
    """Read lines that have one well-formed row each, None where that is not certain.

    pandas fills up short rows and, told which columns to use, ignores what long rows have too
    much. But where no row lacks its last field and there are as many commas as whole rows need, no
    row is longer either. Where that does not say it, as with commas in quotes or a last column that
    is empty, the separators of each row are counted.
    """
    if _has_lone_returns(text):  # pandas keeps one within quotes, where a line ends
        return None
    last = layout.fields - 1
    try:
        if not text.isascii():
            text.decode()
        frame = pd.read_csv(
            io.BytesIO(text),
            header=None,
            index_col=False,
            usecols=sorted({*layout.positions.values(), last}),
            dtype={layout.positions["type"]: "category"},
            na_filter=False,
            low_memory=False,
        )
    except ValueError:
        return None
    rows = len(frame)
    if _count(text, b"\n") != rows:
        return None
    plain = _count(text, b",") == rows * last and not (frame[last] == "").any()
    if not plain and not has_even_rows(text, layout.fields):
        return None
    columns = {name: frame[at] for name, at in layout.positions.items()}
    if any(columns[name].dtype.kind not in "iuf" for name in columns if name != "type"):
        return None
    kinds = columns["type"].cat
    codes = _type_codes(kinds.categories)[kinds.codes]
    return Table(_values(columns, codes), np.arange(rows))


def _has_lone_returns(text: bytes) -> bool:
    return b"\r" in text and text.count(b"\r") != text.count(b"\r\n")


def _count(text: bytes, character: bytes) -> int:
    # Unlike `bytes.count` this lets other threads run.
    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord(character)))


def _read_line_by_line(
    text: bytes, layout: Layout, max_ragged: float
) -> tuple[Table, list[Problem]]:
    """Read lines of any kind: the well-formed rows, and the faults of whole lines.

    A line break ends a row, also within quotes.
    """
    rows: list[list[str]] = []
    lines: list[int] = []
    ragged = Problem("ragged_rows")
    encoding = Problem("wrong_encoding")
    for number, raw in enumerate(text.splitlines()):
        if ragged.rows > max_ragged:
            break
        line = raw.decode(errors="replace")
        if line.encode() != raw:
            encoding.add(number)
        if not line.strip():
            continue
        fields = cells_of(line)
        if fields is None:
            ragged.add(number, examples=["quotes are not closed"])
        elif len(fields) != layout.fields:
            ragged.add(number, examples=[f"{len(fields)} fields"])
        else:
            rows.append([fields[at] for at in layout.positions.values()])
            lines.append(number)
    problems = [problem for problem in (encoding, ragged) if problem.rows]
    values = _parsed(rows, layout)
    return Table(values, np.array(lines, dtype=np.intp), rows), problems


def _parsed(rows: list[list[str]], layout: Layout) -> Mapping[str, Column]:
    """Values of well-formed rows, which may hold anything."""
    names = list(layout.positions)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    tidy = Layout(layout.form, len(names), {name: at for at, name in enumerate(names)})
    table = _read_plain(written.getvalue().encode(), tidy)
    if table is not None:
        return table.values
    texts = pd.DataFrame(rows, columns=names, dtype=str)
    columns = {name: pd.to_numeric(texts[name], errors="coerce") for name in names}
    return _values(columns, _type_codes(texts["type"]))


def _type_codes(names: Iterable[str]) -> Column:
    codes = [TYPE_CODES.get(name.strip(), np.nan) for name in names]
    return np.array(codes, dtype=np.float64)


def _values(columns: dict[str, pd.Series[Any]], types: Column) -> dict[str, Column]:
    """Columns as float64; -0.0 becomes 0.0, so that equal values have equal bits."""
    return {
        name: types if name == "type" else column.to_numpy(np.float64) + 0.0
        for name, column in columns.items()
    }
