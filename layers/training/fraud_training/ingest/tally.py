"""What is known about all rows after one pass, and the findings that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import HOURS_PER_DAY
from fraud.domain.findings import Finding
from fraud.domain.transactions import MAX_DAYS
from fraud_training.ingest.drift import drift_finding
from fraud_training.ingest.findings import counted, finding
from fraud_training.ingest.layout import Form

MIN_ROWS = 100
MIN_PER_CLASS = 50
TIMES = MAX_DAYS * HOURS_PER_DAY + 1


@dataclass(slots=True)
class Tally:
    """Sums over rows that can be used; two tallies add up.

    `low` and `high` are per kept column; `equal` has the pairs of columns (by position, first one
    smaller) without a difference so far; `rows_at` and `frauds_at` count by step or day.
    """

    rows: int
    frauds: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    equal: frozenset[tuple[int, int]]
    rows_at: NDArray[np.int64]
    frauds_at: NDArray[np.int64]

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.rows + other.rows,
            self.frauds + other.frauds,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.equal & other.equal,
            self.rows_at + other.rows_at,
            self.frauds_at + other.frauds_at,
        )


def empty_tally(columns: int) -> Tally:
    """The tally of no rows, which changes nothing when added."""
    return Tally(
        rows=0,
        frauds=0,
        low=np.full(columns, np.inf),
        high=np.full(columns, -np.inf),
        equal=frozenset((a, b) for b in range(columns) for a in range(b)),
        rows_at=np.zeros(TIMES, dtype=np.int64),
        frauds_at=np.zeros(TIMES, dtype=np.int64),
    )


def tally(
    columns: Sequence[NDArray[np.float64]], time: NDArray[np.float64], labels: NDArray[np.float64]
) -> Tally:
    """Count one block.

    Parameters
    ----------
    columns
        The kept columns, each of shape (n,) with n at least 1.
    time
        Step or day of each row.
    labels
        0 or 1 for each row.
    """
    low = np.array([column.min() for column in columns])
    high = np.array([column.max() for column in columns])
    alike = ((a, b) for b in range(len(columns)) for a in range(b))
    when = time.astype(np.intp)
    return Tally(
        rows=len(labels),
        frauds=int(labels.sum()),
        low=low,
        high=high,
        equal=frozenset(
            (a, b)
            for a, b in alike
            if low[a] == low[b] and high[a] == high[b] and np.array_equal(columns[a], columns[b])
        ),
        rows_at=np.bincount(when, minlength=TIMES),
        frauds_at=np.bincount(when[labels == 1], minlength=TIMES),
    )


def class_findings(total: Tally, rows_in_file: int) -> list[Finding]:
    """Whether there is enough to learn from; `rows_in_file` counts unusable rows too."""
    findings = []
    if rows_in_file < MIN_ROWS:
        message = f"The file has {counted(rows_in_file, 'row')}; a model needs {MIN_ROWS} at least."
        findings.append(finding("too_few_rows", message, rows=rows_in_file))
    counts = {"frauds": total.frauds, "legitimate transactions": total.rows - total.frauds}
    fewest = min(counts, key=lambda name: counts[name])
    if total.rows and counts[fewest] == 0:
        message = (
            f"All {total.rows:,} usable rows are of one class: there are no {fewest} to learn."
        )
        findings.append(finding("single_class", message, rows=total.rows))
    elif total.rows and counts[fewest] < MIN_PER_CLASS:
        message = (
            f"There are only {counts[fewest]} {fewest} in the file; a model needs {MIN_PER_CLASS} "
            "at least. Add a longer period."
        )
        findings.append(finding("too_few_of_a_class", message, rows=counts[fewest]))
    return findings


def column_findings(total: Tally, form: Form) -> list[Finding]:
    """Columns that say nothing, or nothing new."""
    if not total.rows:
        return []
    constant = [i for i, name in enumerate(form.columns) if total.low[i] == total.high[i]]
    findings = [
        finding(
            "constant_column",
            f"{form.columns[i]} has one value in all rows; a model learns nothing from it.",
            column=form.columns[i],
        )
        for i in constant
    ]
    for a, b in sorted(total.equal):
        if a not in constant:
            first, second = form.columns[a], form.columns[b]
            message = f"{second} equals {first} in every row; one of them may be a wrong export."
            findings.append(finding("duplicate_column", message, column=second))
    return findings


def time_findings(total: Tally, form: Form) -> list[Finding]:
    """Whether the fraud rate stays the same over time."""
    drift = drift_finding(total.rows_at, total.frauds_at, form.time)
    return [] if drift is None else [drift]
