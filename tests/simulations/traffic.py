"""A month of transactions as callers send them, and what turns out about each, and when."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fraud_cli.sampling import write_sample

HOURS = 24
STEPS = 743
NUMBERS = ("amount", "oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Happened:
    """A transaction and the truth about it; `row` is its line of the data set."""

    transaction: dict[str, Any]
    is_fraud: bool
    row: dict[str, str]

    @property
    def step(self) -> int:
        """Hour of the month, from 1."""
        return int(self.transaction["step"])


@dataclass(frozen=True)
class Months:
    """The same month twice: as usual, and shifted."""

    usual: Path
    shifted: Path

    @classmethod
    def write(
        cls, directory: Path, rows_per_day: int, fraud_rate: float, shift: float, seed: int
    ) -> Months:
        """Write both with `fraud sample`'s own generator."""
        rows = rows_per_day * STEPS // HOURS
        months = cls(directory / "usual.csv", directory / "shifted.csv")
        write_sample(months.usual, rows, seed=seed, fraud_rate=fraud_rate)
        write_sample(months.shifted, rows, seed=seed + 1, fraud_rate=fraud_rate, shift=shift)
        return months

    def played(self, shift_day: int, days: int) -> Iterator[list[Happened]]:
        """The transactions of each hour, from `shift_day` (from 0) on the shifted ones."""
        turn = shift_day * HOURS
        usual, shifted = _by_hour(self.usual), _by_hour(self.shifted)
        for hour in range(days * HOURS):
            yield (shifted if hour >= turn else usual).get(hour + 1, [])


def label_delay(rng: random.Random, *, is_fraud: bool, alerted: bool) -> timedelta | None:
    """How long until somebody says what a transaction was; None for never.

    Alerts are looked into within a day or two. A fraud that was missed is reported by its victim,
    half of them within three days, some after more than a week. Of what was approved and sound, one
    in twenty is checked.
    """
    if alerted:
        return DAY * rng.uniform(0.1, 1.5)
    if is_fraud:
        return DAY * min(rng.lognormvariate(1.1, 0.6), 14)
    return DAY * 2 if rng.random() < 0.05 else None


def _by_hour(path: Path) -> dict[int, list[Happened]]:
    found: dict[int, list[Happened]] = {}
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sent = {name: float(row[name]) for name in NUMBERS}
            transaction = {"step": int(row["step"]), "type": row["type"], **sent}
            happened = Happened(transaction, row["isFraud"] == "1", row)
            found.setdefault(happened.step, []).append(happened)
    return found
