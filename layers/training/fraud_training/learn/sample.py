"""All frauds of a spool and a seeded share of the rest: what a model is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud_training.ingest.spool import Spool
from fraud_training.ingest.uniform import uniform
from fraud_training.learn.draws import Draw
from fraud_training.learn.inputs import Records, labels, time_column


@dataclass(frozen=True)
class Sample:
    """Rows kept for fitting.

    Attributes
    ----------
    records
        All frauds and a share `rate` of the legitimate rows, in an order that depends on their
        keys and the seed only, not on the file's order or how it was cut.
    unseen
        More legitimate rows, none of them in `records`: what scores of ordinary rows are estimated
        on without a fit having seen them.
    rate, unseen_rate
        Shares of the legitimate rows that are in `records` and in `unseen`; they add up to at
        most 1.
    rows_at
        Rows of the whole dataset by their time (index: the time column's value).
    frauds_at
        Frauds among them.
    """

    records: Records
    unseen: Records
    rate: float
    unseen_rate: float
    rows_at: NDArray[np.int64]
    frauds_at: NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """Shares of the legitimate rows to draw: for `records`, and for `unseen` beside them."""

    records: float
    unseen: float

    @classmethod
    def reaching(cls, legit: int, max_legit: int, max_unseen: int) -> Rates:
        """The rates that give about these many of all legitimate rows, or all there are.

        None are set aside as unseen while they would be fewer than the sample's own: calibration
        and thresholds would rest on a handful of rows that stand for thousands each.
        """
        records = min(1.0, max_legit / max(1, legit))
        unseen = min(1.0 - records, max_unseen / max(1, legit))
        return cls(records, unseen if unseen >= records else 0.0)


def draw_sample(spool: Spool, seed: int, rates: Rates) -> Sample:
    """Read a spool once and keep all frauds and a seeded share of the rest.

    Which rows are kept follows from each row's key alone.

    Parameters
    ----------
    rates
        Those of the whole dataset, if the spool is one shard of it.
    """
    time = time_column(spool.form)
    kept: list[Records] = []
    unseen: list[Records] = []
    rows_at, frauds_at = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for chunk in spool.chunks():
        fraud = labels(chunk)
        draw = uniform(chunk["key"], seed, Draw.SAMPLE)
        kept.append(chunk[fraud | (draw < rates.records)])
        later = (draw >= rates.records) & (draw < rates.records + rates.unseen)
        unseen.append(chunk[~fraud & later])
        rows_at = _added(rows_at, np.bincount(chunk[time]))
        frauds_at = _added(frauds_at, np.bincount(chunk[time][fraud], minlength=len(rows_at)))
    return Sample(
        records=_ordered(_joined(kept, spool.dtype), seed),
        unseen=_ordered(_joined(unseen, spool.dtype), seed),
        rate=rates.records,
        unseen_rate=rates.unseen,
        rows_at=rows_at,
        frauds_at=frauds_at,
    )


def merged(samples: Sequence[Sample], seed: int) -> Sample:
    """The sample of a dataset from those of its shards, drawn with the same seed and rates.

    It is the one that would have been drawn from the whole, in whatever order the shards come.
    """
    rows_at, frauds_at = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for sample in samples:
        rows_at, frauds_at = _added(rows_at, sample.rows_at), _added(frauds_at, sample.frauds_at)
    return Sample(
        records=_ordered(np.concatenate([s.records for s in samples]), seed),
        unseen=_ordered(np.concatenate([s.unseen for s in samples]), seed),
        rate=samples[0].rate,
        unseen_rate=samples[0].unseen_rate,
        rows_at=rows_at,
        frauds_at=frauds_at,
    )


def _joined(parts: Sequence[Records], dtype: np.dtype[np.void]) -> Records:
    """One after the other; a shard may have no usable row, hence no part."""
    return np.concatenate(parts) if parts else np.empty(0, dtype=dtype)


def _added(total: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (total, more) if len(total) >= len(more) else (more, total)
    summed = longer.copy()
    summed[: len(shorter)] += shorter
    return summed


def _ordered(records: Records, seed: int) -> Records:
    """In an order of the rows' own; equal rows stand side by side."""
    keys = records["key"]
    return records[np.lexsort((keys, uniform(keys, seed, Draw.ORDER)))]
