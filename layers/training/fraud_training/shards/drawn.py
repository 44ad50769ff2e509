"""What is drawn from a shard for fitting, written down; joined, it is the sample of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fraud_training.ingest.leaks import LeakRates, draw_for_leaks
from fraud_training.ingest.spool import Spool
from fraud_training.learn.inputs import Records
from fraud_training.learn.sample import Rates, Sample, draw_sample, merged

_ARRAYS = ("records", "unseen", "rows_at", "frauds_at")


@dataclass(frozen=True)
class Drawn:
    """A sample to fit on, and the records to look for features that give the label away."""

    sample: Sample
    leaks: Records

    @classmethod
    def of(cls, spool: Spool, seed: int, rates: Rates, leak_rates: LeakRates) -> Drawn:
        """Draw from a spool, which may be one shard's; the rates are the dataset's."""
        return cls(draw_sample(spool, seed, rates), draw_for_leaks(spool, seed, leak_rates))

    @classmethod
    def joined(cls, parts: Iterable[Drawn], seed: int) -> Drawn:
        """What would have been drawn from the whole, in whatever order the shards come."""
        drawn = list(parts)
        return cls(
            merged([part.sample for part in drawn], seed),
            np.concatenate([part.leaks for part in drawn]),
        )

    def write(self, path: Path) -> None:
        """Write it down; `read` reads it."""
        arrays = {name: getattr(self.sample, name) for name in _ARRAYS}
        with path.open("wb") as file:
            np.savez(file, leaks=self.leaks, **arrays)

    @classmethod
    def read(cls, path: Path, rates: Rates) -> Drawn:
        """Read what `write` wrote; the rates are those it was drawn with."""
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in _ARRAYS}
            leaks = archive["leaks"]
        return cls(Sample(**arrays, rate=rates.records, unseen_rate=rates.unseen), leaks)
