"""From fields to checked columns: ranges, types, labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import HOURS_PER_DAY
from fraud.domain.transactions import MAX_AMOUNT, MAX_DAYS
from fraud_training.ingest.kinds import parse_types
from fraud_training.ingest.layout import Layout
from fraud_training.ingest.lines import Fields
from fraud_training.ingest.numbers import parse_numbers
from fraud_training.ingest.problems import MAX_EXAMPLES, Problem


@dataclass(frozen=True, slots=True)
class Range:
    """What a column's numbers may be; `signed` columns may be as far below zero as above."""

    low: float
    high: float
    unit: str
    whole: bool = False
    signed: bool = False

    @property
    def words(self) -> str:
        """The range, for a message."""
        kind = "whole " if self.whole else ""
        return f"it counts {kind}{self.unit} from {self.low:g} to {self.high:g}"


_MONEY = Range(0, MAX_AMOUNT, "currency units")
_BALANCE = Range(0, MAX_AMOUNT, "currency units", signed=True)

RANGES: Mapping[str, Range] = {
    "step": Range(1, MAX_DAYS * HOURS_PER_DAY, "hours", whole=True),
    "day_of_month": Range(1, MAX_DAYS, "days", whole=True),
    "amount": _MONEY,
    "amount_log": Range(0, math.log1p(MAX_AMOUNT), "ln(1 + currency units)"),
    "amount_dest": _MONEY,
    "oldbalanceOrg": _BALANCE,
    "newbalanceOrig": _BALANCE,
    "oldbalanceDest": _BALANCE,
    "newbalanceDest": _BALANCE,
}

type Column = NDArray[np.float64]
type Rows = NDArray[np.bool_] | NDArray[np.intp]


class ColumnReader:
    """Reads the columns of one block and notes what is wrong with them.

    Attributes
    ----------
    problems
        Faults so far, their lines counted within the block.
    bad
        Rows with a fault that makes them unusable, bool of shape (n,).
    """

    def __init__(self, fields: Fields, layout: Layout) -> None:
        self._fields = fields
        self._layout = layout
        self.problems: list[Problem] = []
        self.bad = np.zeros(fields.rows, dtype=bool)

    def columns(self) -> list[Column]:
        """The kept columns in the form's order, each float64 of shape (n,)."""
        named = zip(self._layout.form.columns, self._layout.positions, strict=True)
        return [
            self._types(name, at) if name == "type" else self._numbers(name, at)
            for name, at in named
        ]

    def labels(self) -> Column:
        """The label column, float64 of shape (n,)."""
        name, at = self._layout.form.label, self._layout.label_position
        parsed = parse_numbers(self._fields, at)
        values = parsed.values
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            missing = np.isnan(values)
            missing[parsed.unparseable] = False
            self._note("missing_values", name, at, missing)
            self._note("bad_labels", name, at, wrong & ~missing)
        return values

    def _types(self, name: str, at: int) -> Column:
        values, unknown = parse_types(self._fields, at)
        self._note("unknown_types", name, at, unknown)
        return values

    def _numbers(self, name: str, at: int) -> Column:
        parsed = parse_numbers(self._fields, at)
        values, allowed = parsed.values, RANGES[name]
        # A NaN fails the comparison, so that the usual case needs no other look at the values.
        fits = bool(allowed.low <= values.min() and values.max() <= allowed.high)
        if not fits or (allowed.whole and bool((values != np.floor(values)).any())):
            self._judge(name, at, values, parsed.unparseable)
        return values

    def _judge(self, name: str, at: int, values: Column, unparseable: NDArray[np.intp]) -> None:
        allowed = RANGES[name]
        missing = np.isnan(values)
        missing[unparseable] = False
        self._note("missing_values", name, at, missing)
        self._note("unparseable_numbers", name, at, unparseable)
        infinite = np.isinf(values)
        self._note("infinite_values", name, at, infinite)
        low = -allowed.high if allowed.signed else allowed.low
        outside = (values < low) | (values > allowed.high)
        if allowed.whole:
            outside |= values != np.floor(values)
            outside &= ~np.isnan(values)
        outside &= ~infinite
        negative = (values < 0) & ~infinite
        if allowed.signed:
            self._note("negative_balances", name, at, negative & ~outside, usable=True)
        elif not allowed.whole:
            self._note("negative_values", name, at, negative)
            outside &= ~negative
        self._note("values_out_of_range", name, at, outside)

    def _note(self, code: str, name: str, at: int, rows: Rows, *, usable: bool = False) -> None:
        where = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        if not where.size:
            return
        if not usable:
            self.bad[where] = True
        first = (repr(self._fields.text(at, int(row))) for row in where[:MAX_EXAMPLES])
        self.problems.append(
            Problem(
                code=code,
                column=name,
                rows=len(where),
                line=int(self._fields.lines[where[0]]),
                examples=tuple(dict.fromkeys(first))[:MAX_EXAMPLES],
                span=RANGES[name].words if code == "values_out_of_range" else "",
            )
        )
