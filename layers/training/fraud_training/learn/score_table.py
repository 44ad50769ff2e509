"""Scores of any number of rows in bounded memory: counts by log-odds, which add up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fraud_training.learn.inputs import Flags, Vector

LIMIT = 32.0
"""Log-odds beyond this are counted as this: a probability of 1e-14."""
BINS = 65_536
COARSE_BINS = 4_096
"""For groups of rows; its bin edges are also edges of the fine bins."""


@dataclass(frozen=True)
class ScoreTable:
    """Rows counted by their log-odds, in bins of equal width from -32 to 32.

    Tables of chunks or shards add up to the table of the whole, and every metric is computed from
    one, as if each row's score were its bin's middle: within a bin rows are tied.

    Attributes
    ----------
    legit, fraud
        Rows (or their weights), shape (bins,).
    fraud_amount
        Their frauds' amounts in currency units, shape (bins,).
    """

    legit: Vector
    fraud: Vector
    fraud_amount: Vector

    @classmethod
    def empty(cls, bins: int = BINS) -> ScoreTable:
        """A table of no rows."""
        return cls(np.zeros(bins), np.zeros(bins), np.zeros(bins))

    @classmethod
    def of(
        cls,
        log_odds: Vector,
        fraud: Flags,
        amount: Vector | None = None,
        weight: Vector | None = None,
        bins: int = BINS,
    ) -> ScoreTable:
        """Count rows.

        Parameters
        ----------
        log_odds, fraud, amount, weight
            Shape (n,); without weights every row counts once.
        """
        at = bin_of(log_odds, bins)
        lost = np.zeros(0) if amount is None else amount[fraud]
        return cls(
            legit=_counted(at[~fraud], bins, None if weight is None else weight[~fraud]),
            fraud=_counted(at[fraud], bins, None if weight is None else weight[fraud]),
            fraud_amount=np.zeros(bins) if amount is None else _counted(at[fraud], bins, lost),
        )

    def __add__(self, other: ScoreTable) -> ScoreTable:
        return ScoreTable(
            self.legit + other.legit,
            self.fraud + other.fraud,
            self.fraud_amount + other.fraud_amount,
        )

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return len(self.legit)

    @cached_property
    def rows(self) -> float:
        """All rows."""
        return float(self.legit.sum() + self.fraud.sum())

    @cached_property
    def frauds(self) -> float:
        """All frauds."""
        return float(self.fraud.sum())

    def compact(self) -> tuple[ScoreTable, Vector]:
        """Only the bins that hold rows, and their middles in log-odds."""
        held = (self.legit + self.fraud) > 0
        return (
            ScoreTable(self.legit[held], self.fraud[held], self.fraud_amount[held]),
            middles(self.bins)[held],
        )


def bin_of(log_odds: Vector, bins: int = BINS) -> NDArray[np.int64]:
    """The bin of each score, shape (n,)."""
    scaled = (log_odds + LIMIT) * (bins / (2 * LIMIT))
    return np.clip(scaled, 0, bins - 1).astype(np.int64)


def middles(bins: int = BINS) -> Vector:
    """Log-odds in the middle of each bin."""
    width = 2 * LIMIT / bins
    return np.arange(0.5, bins) * width - LIMIT


def lower_edge(at: int, bins: int = BINS) -> float:
    """Log-odds at which a bin starts."""
    return at * (2 * LIMIT / bins) - LIMIT


def probability_of(log_odds: Vector) -> Vector:
    """The logistic function."""
    probability: Vector = 1.0 / (1.0 + np.exp(-log_odds))
    return probability


def log_odds_of(probability: float) -> float:
    """Its inverse, kept within the table's limits."""
    inside = min(max(probability, 1e-14), 1 - 1e-14)
    return float(np.log(inside / (1 - inside)))


def _counted(at: NDArray[np.int64], bins: int, weight: Vector | None) -> Vector:
    return np.bincount(at, weights=weight, minlength=bins).astype(np.float64)
