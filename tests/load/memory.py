"""How much memory a process holds, and whether that grows with what it has answered."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scipy.stats import theilslopes

PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
WARM_UP = 0.2
"""Share of the samples in which caches and pools fill up: no growth is read from them."""
MOST_KB_PER_1000 = 50.0
"""5 MB over 100,000 requests: one percent of the smallest function's memory."""
MOST_BLOCKS_PER_1000 = 100.0
"""One small object in ten requests."""


class Growth(NamedTuple):
    """The slope of what is held over requests.

    Attributes
    ----------
    held
        In the end; kB of resident memory, or blocks.
    per_1000, low, high
        Of the same, for 1,000 requests, with the ends of the 95 % interval.
    """

    held: int
    per_1000: float
    low: float
    high: float


def resident_kb(pid: int) -> int:
    """Resident memory of a process that holds no other's, in kB."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]
    return int(pages) * PAGE_KB


def blocks() -> int:
    """Memory blocks that this process's Python objects take.

    Exact where resident memory is blind: a large process has free room in its heap, which fills
    before anything shows. What native code holds is not in it.
    """
    return sys.getallocatedblocks()


def growth(samples: Sequence[tuple[int, int]]) -> Growth:
    """The Theil-Sen slope of what is held over requests, after the warm-up.

    Parameters
    ----------
    samples
        Pairs of requests answered so far and what was held then, in order.

    References
    ----------
    Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. JASA 63.
    The median of all pairs' slopes: one more pool moves it less than it moves least squares.
    """
    kept = samples[int(len(samples) * WARM_UP) :]
    requests, held = zip(*kept, strict=True)
    slope, _, low, high = theilslopes(held, [n / 1000 for n in requests], alpha=0.95)
    return Growth(held[-1], float(slope), float(low), float(high))
