"""What the values of each column may be, and which rows break that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import HOURS_PER_DAY, TYPE_CODES
from fraud.domain.transactions import MAX_AMOUNT, MAX_DAYS
from fraud_training.ingest.problems import MAX_EXAMPLES, Problem

_MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
MAX_TEXT = 80

type Column = NDArray[np.float64]
type Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Range:
    """What a column's numbers may be; `signed` columns may be as far below zero as above."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    signed: bool = False

    @property
    def words(self) -> str:
        """The range, for a message."""
        kind = "whole " if self.whole else ""
        return f"it counts {kind}{self.unit} from {self.low:g} to {self.high:g}"

    def holds(self, values: Column) -> bool:
        """Whether all values are in the range and none is negative; NaN is in no range."""
        inside = ((values >= self.low) & (values <= self.high)).all()
        return bool(inside) and not (self.whole and bool((values != np.floor(values)).any()))


_MONEY = Range(0, MAX_AMOUNT, "currency units")
_BALANCE = Range(0, MAX_AMOUNT, "currency units", signed=True)
_LABEL = Range(0, 1, whole=True)

RANGES: Mapping[str, Range] = {
    "step": Range(1, MAX_DAYS * HOURS_PER_DAY, "hours", whole=True),
    "day_of_month": Range(1, MAX_DAYS, "days", whole=True),
    "type": Range(0, len(TYPE_CODES) - 1, whole=True),
    "amount": _MONEY,
    "amount_log": Range(0, math.log1p(MAX_AMOUNT), "ln(1 + currency units)"),
    "amount_dest": _MONEY,
    "oldbalanceOrg": _BALANCE,
    "newbalanceOrig": _BALANCE,
    "oldbalanceDest": _BALANCE,
    "newbalanceDest": _BALANCE,
    "isFraud": _LABEL,
    "is_fraud": _LABEL,
}


@dataclass(frozen=True, slots=True)
class Table:
    """The well-formed rows of a block of lines.

    `values` has the form's columns and the label, NaN where a text is no value; `lines` the line
    of each row, from 0 at the block's first; `texts` the fields as they are in the file, None where
    only their values are known.
    """

    values: Mapping[str, Column]
    lines: NDArray[np.intp]
    texts: Sequence[Sequence[str]] | None = None

    def problems(self) -> list[tuple[Problem, Rows]]:
        """What is wrong, each with its rows, bool of shape (n,)."""
        return [
            (self._problem(code, name, rows), rows)
            for name, values in self.values.items()
            if not RANGES[name].holds(values)
            for code, rows in _faults(name, values, self._missing(name))
            if rows.any()
        ]

    def _missing(self, name: str) -> Rows:
        missing = np.isnan(self.values[name])
        for row in np.flatnonzero(missing):
            missing[row] = self._text(name, int(row)).strip().casefold() in _MISSING
        return missing

    def _problem(self, code: str, name: str, rows: Rows) -> Problem:
        where = np.flatnonzero(rows)
        span = RANGES[name].words if code == "values_out_of_range" else ""
        problem = Problem(code, name, span=span)
        examples = [repr(self._text(name, int(row))[:MAX_TEXT]) for row in where[:MAX_EXAMPLES]]
        problem.add(int(self.lines[where[0]]), len(where), examples)
        return problem

    def _text(self, name: str, row: int) -> str:
        if self.texts is None:
            return f"{self.values[name][row]:.15g}"
        return self.texts[row][list(self.values).index(name)]


def _faults(name: str, values: Column, missing: Rows) -> Iterator[tuple[str, Rows]]:
    """Codes of what may be wrong in a column, each with its rows."""
    allowed = RANGES[name]
    low = -allowed.high if allowed.signed else allowed.low
    outside = ~((values >= low) & (values <= allowed.high))
    if allowed.whole:
        outside |= values != np.floor(values)
    if name == "type":
        yield "unknown_types", outside
        return
    yield "missing_values", missing
    if allowed is _LABEL:
        yield "bad_labels", outside & ~missing
        return
    unparseable, infinite = np.isnan(values) & ~missing, np.isinf(values)
    yield "unparseable_numbers", unparseable
    yield "infinite_values", infinite
    negative = (values < 0) & ~infinite
    outside &= ~(missing | unparseable | infinite)
    if allowed.signed:
        yield "negative_balances", negative & ~outside
    elif not allowed.whole:
        yield "negative_values", negative
        outside &= ~negative
    yield "values_out_of_range", outside
