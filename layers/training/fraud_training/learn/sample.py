"""All frauds of a spool and a seeded share of the rest: what a model is fitted on."""

from __future__ import annotations

from collections.abc import Callable
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


def draw_sample(
    spool: Spool,
    seed: int,
    max_legit: int,
    max_unseen: int,
    on_progress: Callable[[float], None] = lambda _: None,
) -> Sample:
    """Read a spool once; keep all frauds, and about `max_legit` and `max_unseen` other rows.

    Which rows are kept follows from each row's key, so shards drawn separately at the same rate
    add up to the draw from the whole.
    """
    legit = max(1, spool.rows - spool.frauds)
    rate = min(1.0, max_legit / legit)
    unseen_rate = min(1.0 - rate, max_unseen / legit)
    time = time_column(spool.form)
    kept: list[Records] = []
    unseen: list[Records] = []
    rows_at, frauds_at = np.zeros(0, np.int64), np.zeros(0, np.int64)
    seen = 0
    for chunk in spool.chunks():
        fraud = labels(chunk)
        draw = uniform(chunk["key"], seed, Draw.SAMPLE)
        kept.append(chunk[fraud | (draw < rate)])
        unseen.append(chunk[~fraud & (draw >= rate) & (draw < rate + unseen_rate)])
        rows_at = _added(rows_at, np.bincount(chunk[time]))
        frauds_at = _added(frauds_at, np.bincount(chunk[time][fraud]))
        seen += len(chunk)
        on_progress(seen / spool.rows)
    return Sample(
        records=_ordered(np.concatenate(kept), seed),
        unseen=_ordered(np.concatenate(unseen), seed),
        rate=rate,
        unseen_rate=unseen_rate,
        rows_at=rows_at,
        frauds_at=_added(frauds_at, np.zeros_like(rows_at)),
    )


def _added(total: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (total, more) if len(total) >= len(more) else (more, total)
    summed = longer.copy()
    summed[: len(shorter)] += shorter
    return summed


def _ordered(records: Records, seed: int) -> Records:
    """In an order of the rows' own; equal rows stand side by side."""
    keys = records["key"]
    return records[np.lexsort((keys, uniform(keys, seed, Draw.ORDER)))]
