"""Which rows are held out: by a hash of the row, or the last ones in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from fraud.domain.errors import DatasetError
from fraud_training.ingest.uniform import uniform
from fraud_training.learn.draws import Draw
from fraud_training.learn.inputs import Flags, Records, labels, time_column
from fraud_training.learn.sample import Sample

type SplitName = Literal["random", "time"]

HELD_OUT_SHARE = 0.4
"""The original's: 60 % to train on, 40 % to test with."""
MIN_FRAUDS_A_SIDE = 15
"""Fewer frauds than this on a side and neither a fit nor its metrics mean anything."""


class Split(Protocol):
    """Decides row by row, so that chunks and shards can be split separately."""

    def held_out(self, records: Records) -> Flags:
        """Which records are held out, shape (n,)."""
        ...

    def as_dict(self) -> dict[str, float]:
        """The rule, for the card."""
        ...


@dataclass(frozen=True)
class RandomSplit:
    """By the row's key: equal rows are on the same side, whatever file or shard they stand in.

    Attributes
    ----------
    fraud_cut
        Frauds whose number is at most this are held out; set so that it is their exact share.
    """

    seed: int
    fraud_cut: float

    def held_out(self, records: Records) -> Flags:
        """Which records are held out, shape (n,)."""
        draw = uniform(records["key"], self.seed, Draw.HOLD_OUT)
        held: Flags = np.where(labels(records), draw <= self.fraud_cut, draw < HELD_OUT_SHARE)
        return held

    def as_dict(self) -> dict[str, float]:
        """The rule, for the card."""
        return {"share": HELD_OUT_SHARE, "fraud_cut": self.fraud_cut}


@dataclass(frozen=True)
class TimeSplit:
    """The rows after a point in time."""

    column: str
    last_trained: int

    def held_out(self, records: Records) -> Flags:
        """Which records are held out, shape (n,)."""
        held: Flags = records[self.column] > self.last_trained
        return held

    def as_dict(self) -> dict[str, float]:
        """The rule, for the card."""
        return {"share": HELD_OUT_SHARE, f"last_trained_{self.column}": self.last_trained}


type AnySplit = RandomSplit | TimeSplit


def random_split(sample: Sample, seed: int) -> RandomSplit:
    """Hold out exactly 40 % of the frauds (but for equal rows) and 40 % of the rest."""
    keys = sample.records["key"][labels(sample.records)]
    draws = np.sort(uniform(keys, seed, Draw.HOLD_OUT))
    return RandomSplit(seed, float(draws[max(1, round(HELD_OUT_SHARE * len(draws))) - 1]))


def time_split(sample: Sample, form: Literal["basic", "paysim"]) -> TimeSplit:
    """Hold out the latest rows, as near to 40 % of them as whole hours or days allow.

    Raises
    ------
    DatasetError
        When a side would have too few frauds or no legitimate rows.
    """
    rows, frauds = np.cumsum(sample.rows_at), np.cumsum(sample.frauds_at)
    legit = rows - frauds
    possible = np.flatnonzero(
        (np.minimum(frauds, frauds[-1] - frauds) >= MIN_FRAUDS_A_SIDE)
        & (np.minimum(legit, legit[-1] - legit) > 0)
    )
    if not possible.size:
        raise DatasetError(
            f"no point in time has {MIN_FRAUDS_A_SIDE} frauds and legitimate rows both before and "
            "after it, so the file cannot be split by time; send a longer period or split at "
            "random",
            code="time_split_impossible",
        )
    distance = np.abs(rows[possible] / rows[-1] - (1 - HELD_OUT_SHARE))
    return TimeSplit(time_column(form), int(possible[np.argmin(distance)]))
