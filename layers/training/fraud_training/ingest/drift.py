"""Whether the fraud rate changes over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from fraud.domain.findings import Finding
from fraud_training.ingest.findings import finding

MIN_SLICES = 2
MAX_SLICES = 10
MIN_EXPECTED_FRAUDS = 5
MIN_RATIO = 2.0
SIGNIFICANCE = 0.001


def drift_finding(
    rows_at: NDArray[np.int64], frauds_at: NDArray[np.int64], unit: str
) -> Finding | None:
    """Test whether slices of time with equally many rows have the same fraud rate.

    A warning needs a chi-square test of homogeneity significant at 0.1 % and rates that differ by
    a factor of two, since in millions of rows every small change is significant.

    Parameters
    ----------
    rows_at, frauds_at
        Rows and frauds by step or day, shape (times,).
    unit
        The time column's name.

    References
    ----------
    Cochran, "Some methods for strengthening the common chi-square tests", Biometrics 10, 1954 (at
    least five expected per cell).
    """
    total, frauds = int(rows_at.sum()), int(frauds_at.sum())
    slices = min(MAX_SLICES, frauds // MIN_EXPECTED_FRAUDS)
    if slices < MIN_SLICES or frauds == total:
        return None
    # A time belongs to the slice in which its middle row falls, however the rows are sorted.
    middle = np.cumsum(rows_at) - rows_at / 2
    slice_of = np.minimum((middle * slices / total).astype(np.intp), slices - 1)
    rows = np.bincount(slice_of, weights=rows_at, minlength=slices)
    caught = np.bincount(slice_of, weights=frauds_at, minlength=slices)
    used = np.flatnonzero(rows * frauds / total >= MIN_EXPECTED_FRAUDS)
    if used.size < MIN_SLICES:
        return None
    rows, caught = rows[used], caught[used]
    rate = caught.sum() / rows.sum()
    statistic = float((((caught - rows * rate) ** 2) / (rows * rate * (1 - rate))).sum())
    rates = caught / rows
    lowest, highest = int(rates.argmin()), int(rates.argmax())
    if (
        statistic < chdtri(used.size - 1, SIGNIFICANCE)
        or rates[highest] < MIN_RATIO * rates[lowest]
    ):
        return None

    def span(index: int) -> str:
        times = np.flatnonzero((slice_of == used[index]) & (rows_at > 0))
        return f"{unit} {times[0]} to {times[-1]}"

    return finding(
        "fraud_rate_drift",
        f"The fraud rate is not the same over time: {rates[lowest]:.3%} in {span(lowest)}, "
        f"{rates[highest]:.3%} in {span(highest)}. Held-out rows drawn at random then look better "
        "than the next month will be: judge the model by the split by time.",
        column=unit,
    )
