"""What is known about all usable rows after one pass, and the findings that follow from it."""

from __future__ import annotations

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


class Tally:
    """Sums over records.

    Parameters
    ----------
    form
        Which columns the records have.
    """

    def __init__(self, form: Form) -> None:
        names = form.columns
        self._form = form
        self._low = dict.fromkeys(names, np.inf)
        self._high = dict.fromkeys(names, -np.inf)
        # Pairs of columns without a difference so far, in the form's order.
        self._equal = [(a, b) for i, b in enumerate(names) for a in names[:i]]
        self._rows_at = np.zeros(TIMES, dtype=np.int64)
        self._frauds_at = np.zeros(TIMES, dtype=np.int64)

    @property
    def rows(self) -> int:
        """How many records there are."""
        return int(self._rows_at.sum())

    @property
    def frauds(self) -> int:
        """How many of them are frauds."""
        return int(self._frauds_at.sum())

    def add(self, records: NDArray[np.void]) -> None:
        """Count more records, shape (n,)."""
        if not len(records):
            return
        for name in self._form.columns:
            self._low[name] = min(self._low[name], records[name].min())
            self._high[name] = max(self._high[name], records[name].max())
        self._equal = [(a, b) for a, b in self._equal if np.array_equal(records[a], records[b])]
        time = records[self._form.time]
        self._rows_at += np.bincount(time, minlength=TIMES)
        self._frauds_at += np.bincount(time[records["label"] == 1], minlength=TIMES)

    def class_findings(self, rows_in_file: int) -> list[Finding]:
        """Whether there is enough to learn from; `rows_in_file` counts unusable rows too."""
        findings = []
        if rows_in_file < MIN_ROWS:
            file = f"The file has {counted(rows_in_file, 'row')}"
            message = f"{file}; a model needs {MIN_ROWS} at least."
            findings.append(finding("too_few_rows", message, rows=rows_in_file))
        counts = {"frauds": self.frauds, "legitimate transactions": self.rows - self.frauds}
        fewest = min(counts, key=lambda name: counts[name])
        if self.rows and counts[fewest] == 0:
            message = (
                f"All {self.rows:,} usable rows are of one class: there are no {fewest} to learn."
            )
            findings.append(finding("single_class", message, rows=self.rows))
        elif self.rows and counts[fewest] < MIN_PER_CLASS:
            message = (
                f"There are only {counts[fewest]} {fewest} in the file; a model needs "
                f"{MIN_PER_CLASS} at least. Add a longer period."
            )
            findings.append(finding("too_few_of_a_class", message, rows=counts[fewest]))
        return findings

    def column_findings(self) -> list[Finding]:
        """Columns that say nothing, or nothing new."""
        if not self.rows:
            return []
        constant = [name for name in self._form.columns if self._low[name] == self._high[name]]
        findings = [
            finding(
                "constant_column",
                f"{name} has one value in all rows; a model learns nothing from it.",
                column=name,
            )
            for name in constant
        ]
        for first, second in self._equal:
            if first not in constant:
                message = (
                    f"{second} equals {first} in every row; one of them may be a wrong export."
                )
                findings.append(finding("duplicate_column", message, column=second))
        return findings

    def drift_findings(self) -> list[Finding]:
        """Whether the fraud rate stays the same over time."""
        drift = drift_finding(self._rows_at, self._frauds_at, self._form.time)
        return [] if drift is None else [drift]
