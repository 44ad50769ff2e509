"""Writing a synthetic data set: the whole month, batch by batch, in bounded memory."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fraud_cli.sampling.frauds import FraudRing
from fraud_cli.sampling.population import Population
from fraud_cli.sampling.rhythm import HOURS, Slot, plan_slots
from fraud_cli.sampling.transactions import Posted, concatenated, legitimate, post, shuffled
from fraud_cli.sampling.writer import TransactionWriter, atomic_output

_MAX_FRAUD_RATE = 0.5
_SHIFT_LOG_AMOUNT = 0.8  # at shift 1 all money is exp(0.8) = 2.2 times as much
# A batch needs distinct accounts: at most this part of them, so that draws seldom collide.
_BATCH_PART = 20


@dataclass(frozen=True)
class SampleSummary:
    """What was written: rows, frauds among them, where, and in how many seconds."""

    rows: int
    frauds: int
    path: Path
    seconds: float


def write_sample(
    path: Path,
    rows: int,
    *,
    seed: int = 1,
    fraud_rate: float = 0.01,
    shift: float = 0.0,
    on_progress: Callable[[int], None] | None = None,
) -> SampleSummary:
    """Write synthetic transactions as CSV in PaySim1's eleven columns, sorted by step.

    The same arguments give the same bytes. Memory does not grow with `rows` once the
    population has its full size (500,000 accounts, from 2 million rows on).

    Parameters
    ----------
    path : pathlib.Path
        The file to write, gzip if it ends in ``.gz``. It appears when it is complete.
    rows : int
        Transactions, at least 1.
    seed : int
        At least 0.
    fraud_rate : float
        Share of frauds, 0 to 0.5; ``round(rows * fraud_rate)`` rows are frauds.
    shift : float
        Drift, 0 to 1: moves amounts, hours and the mix of types; 0 is none.
    on_progress : callable, optional
        Called with the rows written so far.

    Returns
    -------
    SampleSummary
        What was written.

    Raises
    ------
    ValueError
        An argument is out of its range.
    OSError
        The file cannot be written.

    References
    ----------
    E. A. Lopez-Rojas, A. Elmir, S. Axelsson, "PaySim: a financial mobile money simulator for
    fraud detection", EMSS 2016: the columns, types and kind of fraud imitated here.
    """
    _check(rows, seed, fraud_rate, shift)
    started = time.perf_counter()
    rng = np.random.Generator(np.random.PCG64(seed))
    population = Population(rows, scale=math.exp(_SHIFT_LOG_AMOUNT * shift), rng=rng)
    with atomic_output(path) as stream:
        writer = TransactionWriter(stream, population.names)
        for step, posted in _month(population, rows, round(rows * fraud_rate), shift, rng):
            if writer.add(step, posted) and on_progress:
                on_progress(writer.rows)
        writer.flush()
        if on_progress:
            on_progress(writer.rows)
    return SampleSummary(writer.rows, writer.frauds, path, time.perf_counter() - started)


def _check(rows: int, seed: int, fraud_rate: float, shift: float) -> None:
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, not {seed}")
    if not 0 <= fraud_rate <= _MAX_FRAUD_RATE:
        raise ValueError(f"fraud_rate must be from 0 to {_MAX_FRAUD_RATE}, not {fraud_rate}")
    if not 0 <= shift <= 1:
        raise ValueError(f"shift must be from 0 (none) to 1, not {shift}")


def _month(
    population: Population, rows: int, frauds: int, shift: float, rng: np.random.Generator
) -> Iterator[tuple[int, Posted]]:
    ring = FraudRing(population, frauds, rng)
    written = 0
    for slot in plan_slots(rows - frauds, frauds, shift=shift, rng=rng):
        for honest, due in _batches(slot, ring.committed, population.accounts // _BATCH_PART):
            strike = ring.strike(slot.index, due)
            usual = legitimate(population, honest, shift=shift, rng=rng)
            batch = shuffled(concatenated([usual, strike]), rng)
            written += len(batch)
            yield slot.step, post(population, batch)
            population.release_all()
    # Frauds that found no victim with money left are made up by honest rows.
    missing = Slot(index=-1, step=HOURS, legitimate=rows - written, frauds_due=0)
    for honest, _ in _batches(missing, 0, population.accounts // _BATCH_PART):
        yield missing.step, post(population, legitimate(population, honest, shift=shift, rng=rng))
        population.release_all()


def _batches(slot: Slot, committed: int, batch_rows: int) -> Iterator[tuple[int, int]]:
    """Split a slot evenly into (honest rows, frauds due by then) no larger than `batch_rows`."""
    missing = max(0, slot.frauds_due - committed)
    count = math.ceil((slot.legitimate + missing) / batch_rows)
    for part in range(count):
        honest = slot.legitimate * (part + 1) // count - slot.legitimate * part // count
        yield honest, committed + missing * (part + 1) // count
