"""The population stability index: how far live values have moved from the training data's.

References
----------
Lewis, "An Introduction to Credit Scoring", 1994, and Siddiqi, "Credit Risk Scorecards", 2006,
ch. 8: the index and its bands. Yurdakul and Naranjo, "Statistical properties of the population
stability index", Journal of Risk Model Validation 14 (4), 2020: its distribution without drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import ceil, log, sqrt

from fraud.domain.drift_references import Bins

MODERATE = 0.1
MAJOR = 0.25

PSEUDO_COUNT = 0.5
"""Added to every bin of both sides, so that an empty bin has a logarithm (the prior of Jeffreys for
shares; Agresti, "Categorical Data Analysis", 2013, section 1.6). It fades as rows come in, and a
bin that stays empty counts for more and more."""

CHANCE_Z = 3.719
"""Upper 1-in-10,000 point of the normal distribution: with a look every hour at half a dozen
inputs, chance alone passes the first band about once in ten weeks where rows just suffice."""


class Band(StrEnum):
    """What an index means: below 0.1, from 0.1, from 0.25."""

    STABLE = "stable"
    MODERATE = "moderate"
    MAJOR = "major"


def stability_index(bins: Bins, counts: Sequence[int]) -> float:
    """Sum over the bins of (live share - share at training) x ln(live share / share at training).

    Parameters
    ----------
    counts
        Live rows by bin, length k.

    Returns
    -------
    float
        From 0 for equal shares; it has no upper end.
    """
    live = smoothed(counts)
    training = smoothed([share * bins.rows for share in bins.shares])
    return sum((a - e) * log(a / e) for a, e in zip(live, training, strict=True))


def smoothed(counts: Sequence[float]) -> list[float]:
    """Shares of bins, none of them zero."""
    total = sum(counts) + PSEUDO_COUNT * len(counts)
    return [(count + PSEUDO_COUNT) / total for count in counts]


def band_of(index: float) -> Band:
    """The band of an index."""
    if index >= MAJOR:
        return Band.MAJOR
    return Band.MODERATE if index >= MODERATE else Band.STABLE


def rows_needed(bins: Bins) -> int | None:
    """Live rows from which an index says something; None where the training data is too small.

    Without drift the index is distributed like (1 / live rows + 1 / training rows) x chi-square
    with k - 1 degrees of freedom. Rows suffice when that passes `MODERATE` less than once in
    10,000 looks: 511 rows for 20 bins and a large training set, 242 for 5.
    """
    chance = _chi_square_point(len(bins.shares) - 1)
    left = MODERATE / chance - 1 / max(bins.rows, 1)
    return ceil(1 / left) if left > 0 else None


def _chi_square_point(degrees: int) -> float:
    """The upper 1-in-10,000 point of chi-square (Wilson and Hilferty, PNAS 17, 1931)."""
    if degrees < 1:
        return MODERATE  # one bin never moves
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + CHANCE_Z * sqrt(spread)) ** 3
