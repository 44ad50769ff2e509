"""Datasets small enough to learn from in a second."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fraud.domain.features import TransactionType
from fraud_training.ingest.spool import Spool, read_csv
from fraud_training.learn.threads import one_thread

TYPES = tuple(TransactionType)
COLUMNS = (
    "step",
    "type",
    "amount",
    "oldbalanceOrg",
    "newbalanceOrig",
    "oldbalanceDest",
    "newbalanceDest",
    "isFraud",
)


@dataclass(frozen=True)
class Rows:
    """PaySim-like rows as text, one list per row."""

    cells: list[list[str]]

    def shuffled(self, seed: int) -> Rows:
        order = np.random.default_rng(seed).permutation(len(self.cells))
        return Rows([self.cells[i] for i in order])

    def write(self, path: Path) -> Path:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *self.cells])
        return path


def make_rows(count: int, frauds: int, seed: int = 0) -> Rows:
    """Frauds move the whole balance in a TRANSFER or CASH_OUT; so do some others."""
    rng = np.random.default_rng(seed)
    fraud = np.zeros(count, dtype=bool)
    fraud[rng.choice(count, frauds, replace=False)] = True
    step = rng.integers(1, 744, count)
    kind = np.where(fraud, rng.integers(3, 5, count), rng.integers(0, 5, count))
    balance = np.round(rng.lognormal(10, 1.5, count), 2)
    whole = np.where(fraud, rng.random(count) < 0.85, rng.random(count) < 0.02)
    amount = np.where(whole, balance, np.round(rng.lognormal(9, 1.2, count), 2))
    after = np.round(np.maximum(balance - amount, 0), 2)
    there = np.where(rng.random(count) < 0.5, 0, np.round(rng.lognormal(11, 1, count), 2))
    numbers = (step, amount, balance, after, there, np.round(there + amount, 2), fraud.astype(int))
    cells = [[str(v) for v in row] for row in zip(*(n.tolist() for n in numbers), strict=True)]
    return Rows([[c[0], TYPES[k], *c[1:]] for c, k in zip(cells, kind.tolist(), strict=True)])


@pytest.fixture(autouse=True)
def on_one_thread():
    """As in a training, and the faster for it where tests run side by side."""
    with one_thread():
        yield


@pytest.fixture(scope="session")
def rows() -> Rows:
    return make_rows(6_000, 200)


@pytest.fixture(scope="session")
def spool_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Rows], Spool]:
    folder = tmp_path_factory.mktemp("spools")
    made = iter(range(1_000))

    def spool(rows: Rows) -> Spool:
        name = f"{next(made)}"
        return read_csv(rows.write(folder / f"{name}.csv"), folder / f"{name}.spool")

    return spool


@pytest.fixture(scope="session")
def spool(rows: Rows, spool_of: Callable[[Rows], Spool]) -> Spool:
    return spool_of(rows)


@pytest.fixture(scope="session")
def shards_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Spool, int], list[Spool]]:
    folder = tmp_path_factory.mktemp("shards")

    def shards(spool: Spool, count: int) -> list[Spool]:
        """The spool's rows dealt out to several; any of them may have few frauds."""
        records = np.concatenate(list(spool.chunks()))
        made = []
        for i in range(count):
            path, part = folder / f"{count}-{i}.spool", records[i::count]
            part.tofile(path)
            frauds = int(part["label"].sum())
            made.append(replace(spool, path=path, rows=len(part), frauds=frauds))
        return made

    return shards


@dataclass(frozen=True)
class Scored:
    """Scores of imagined rows: frauds score higher, with overlap."""

    log_odds: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    amount: NDArray[np.float64]


@pytest.fixture(scope="session")
def scored() -> Scored:
    rng = np.random.default_rng(7)
    fraud = rng.random(20_000) < 0.03
    log_odds = np.where(fraud, rng.normal(0.5, 2, 20_000), rng.normal(-5, 2, 20_000))
    return Scored(log_odds, fraud, rng.lognormal(8, 1, 20_000))
