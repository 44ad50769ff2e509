"""Latencies in bins that widen with the latency, so that hours add up and quantiles stay sharp."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, log

RESOLUTION = 0.1
"""A quantile is off by at most a tenth of its value: each bin's upper end is 1.1 / 0.9 times its
lower one, and the answer lies between them at equal relative distance (Masson, Rim and Lee,
"DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019,
section 2.1)."""

SHORTEST_MS, LONGEST_MS = 0.05, 60_000.0
"""What lies beyond is counted as this: 70 bins hold every latency a function can have."""

_RATIO = (1 + RESOLUTION) / (1 - RESOLUTION)
_LOG_RATIO = log(_RATIO)


def latency_bin(latency_ms: float) -> int:
    """The bin of a latency: `i` holds those above `ratio ** (i - 1)` up to `ratio ** i` ms."""
    return ceil(log(min(max(latency_ms, SHORTEST_MS), LONGEST_MS)) / _LOG_RATIO)


def latency_quantile(counts: Mapping[int, int], share: float) -> float | None:
    """The latency that `share` of the requests stayed within, in ms; None without requests.

    Parameters
    ----------
    counts
        Requests by `latency_bin`.
    share
        From 0 to 1; 0.5 for the median.
    """
    total = sum(counts.values())
    seen = 0
    for place in sorted(counts):
        seen += counts[place]
        if seen >= share * total:
            return 2 * _RATIO**place / (_RATIO + 1)
    return None
