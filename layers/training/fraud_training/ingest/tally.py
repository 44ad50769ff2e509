"""What is known about all usable rows after one pass, and the findings that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    """Sums over records; those of shards merge into those of the whole.

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

    def merge(self, other: Tally) -> None:
        """Count the records of another tally of the same form."""
        for name in self._form.columns:
            self._low[name] = min(self._low[name], other._low[name])
            self._high[name] = max(self._high[name], other._high[name])
        self._equal = [pair for pair in self._equal if pair in other._equal]
        self._rows_at += other._rows_at
        self._frauds_at += other._frauds_at

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What is known, to be written down; `restored` reads it."""
        names = self._form.columns
        pairs = [(names.index(a), names.index(b)) for a, b in self._equal]
        return {
            "low": np.array([self._low[name] for name in names], dtype=np.float64),
            "high": np.array([self._high[name] for name in names], dtype=np.float64),
            "equal": np.array(pairs, dtype=np.int64).reshape(-1, 2),
            "rows_at": self._rows_at,
            "frauds_at": self._frauds_at,
        }

    @classmethod
    def restored(cls, form: Form, arrays: Mapping[str, NDArray[Any]]) -> Tally:
        """The tally that `arrays` were written from."""
        tally, names = cls(form), form.columns
        tally._low = dict(zip(names, arrays["low"].tolist(), strict=True))
        tally._high = dict(zip(names, arrays["high"].tolist(), strict=True))
        tally._equal = [(names[a], names[b]) for a, b in arrays["equal"].tolist()]
        tally._rows_at, tally._frauds_at = arrays["rows_at"], arrays["frauds_at"]
        return tally

    def class_findings(self, rows_in_dataset: int) -> list[Finding]:
        """Whether there is enough to learn from; `rows_in_dataset` counts unusable rows too."""
        findings = []
        if rows_in_dataset < MIN_ROWS:
            dataset = f"The dataset has {counted(rows_in_dataset, 'row')}"
            message = f"{dataset}; a model needs {MIN_ROWS} at least."
            findings.append(finding("too_few_rows", message, rows=rows_in_dataset))
        counts = {"frauds": self.frauds, "legitimate transactions": self.rows - self.frauds}
        fewest = min(counts, key=lambda name: counts[name])
        if self.rows and counts[fewest] == 0:
            message = (
                f"All {self.rows:,} usable rows are of one class: there are no {fewest} to learn."
            )
            findings.append(finding("single_class", message, rows=self.rows))
        elif self.rows and counts[fewest] < MIN_PER_CLASS:
            message = (
                f"There are only {counts[fewest]} {fewest} in the dataset; a model needs "
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
