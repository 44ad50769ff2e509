"""CSV files made for one purpose each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fraud_training.ingest.spool import Spool, read_csv

TYPES = ("CASH_IN", "CASH_OUT", "DEBIT", "PAYMENT", "TRANSFER")


@dataclass(frozen=True)
class CsvFile:
    """A header and rows that nothing is wrong with; every fourth is a fraud."""

    header: str
    rows: tuple[str, ...]

    def bytes(self, rows: Sequence[str] | None = None, *, end: str = "\n") -> bytes:
        """The file, with other rows if given."""
        return (end.join([self.header, *(self.rows if rows is None else rows)]) + end).encode()

    def with_row(self, row: str, at: int = 7) -> bytes:
        """The file with one row replaced; it stands in line `at` + 2."""
        return self.bytes([*self.rows[:at], row, *self.rows[at + 1 :]])

    def without(self, *names: str) -> bytes:
        """The file without some columns."""
        table = [line.split(",") for line in (self.header, *self.rows)]
        keep = [i for i, name in enumerate(table[0]) if name not in names]
        return "".join(",".join(row[i] for i in keep) + "\n" for row in table).encode()


@pytest.fixture
def basic() -> CsvFile:
    """400 rows of the four columns and is_fraud."""
    rng = np.random.default_rng(5)
    rows = (
        f"{i * 30 // 400 + 1},{TYPES[rng.integers(5)]},"
        f"{rng.uniform(1, 15):.6f},{rng.uniform(0, 1e6):.2f},{int(i % 4 == 0)}"
        for i in range(400)
    )
    return CsvFile("day_of_month,type,amount_log,amount_dest,is_fraud", tuple(rows))


@pytest.fixture
def paysim() -> CsvFile:
    """400 rows of PaySim's eleven columns."""
    rng = np.random.default_rng(5)
    rows = (
        f"{i * 700 // 400 + 1},{TYPES[rng.integers(5)]},{rng.uniform(1, 1e6):.2f},C{i},"
        f"{rng.uniform(0, 1e6):.2f},{rng.integers(1e6)},M{i},"
        f"{rng.uniform(0, 1e7):.1f},{rng.uniform(0, 1e7):.2f},{int(i % 4 == 0)},0"
        for i in range(400)
    )
    header = (
        "step,type,amount,nameOrig,oldbalanceOrg,newbalanceOrig,"
        "nameDest,oldbalanceDest,newbalanceDest,isFraud,isFlaggedFraud"
    )
    return CsvFile(header, tuple(rows))


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Spool]:
    """Reads a file of the given bytes."""

    def _read(data: bytes, **options: object) -> Spool:
        source = tmp_path / "dataset.csv"
        source.write_bytes(data)
        return read_csv(source, tmp_path / "spool", **options)

    return _read
