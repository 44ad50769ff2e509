"""Numbers as the report writes them: as many digits as can be read, never rounded to 0 or 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

NOTHING = "\u2013"
_PERCENT = "\u00a0%"
_MILLION = 1_000_000
_LEAST_DECIMALS = 3


def score(value: float, *beside: float) -> str:
    """A metric in three decimals, more where it is near 0 or 1: `0.759`, `0.99955`, `0.00036`.

    Parameters
    ----------
    beside
        Values it is read together with: all get the decimals that the finest of them needs.
    """
    if not math.isfinite(value):
        return NOTHING
    if value in {0.0, 1.0}:
        return f"{value:.0f}"
    return f"{value:.{_decimals((value, *beside), most=5)}f}"


def percent(share: float, *beside: float) -> str:
    """A share in per cent, with one decimal or more: `97.5 %`, `0.23 %`, `99.96 %`."""
    if not math.isfinite(share):
        return NOTHING
    if share in {0.0, 1.0}:
        return f"{100 * share:.0f}{_PERCENT}"
    return f"{100 * share:.{_decimals((share, *beside), most=8) - 2}f}{_PERCENT}"


def round_percent(share: float) -> str:
    """A round share: `10 %`, `0.01 %`."""
    return f"{plain(100 * share)}{_PERCENT}"


def plain(value: float) -> str:
    """A threshold or tick without trailing zeros or exponent: `0.5`, `0.0001`."""
    return f"{value:.8f}".rstrip("0").rstrip(".") or "0"


def thousands(count: float) -> str:
    """A count: `1,431,675`."""
    return f"{round(count):,}" if math.isfinite(count) else NOTHING


def short(count: float) -> str:
    """A count for an axis: `100,000`, `10 M`."""
    return f"{count / _MILLION:g}\u00a0M" if count >= _MILLION else thousands(count)


def interval(ends: Sequence[float] | None, write: Callable[..., str] = score) -> str:
    """Lower and upper end, or nothing."""
    return f"{write(ends[0], ends[1])} to {write(ends[1], ends[0])}" if ends else ""


def sentence_of(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {sentence_of(part)}" for key, part in value.items())
    return "none" if value is None else str(value)


def _decimals(values: Sequence[float], most: int) -> int:
    """Decimals that show two digits of every value's distance to 0 or 1."""
    distances = [min(abs(value), abs(1 - value)) for value in values]
    needed = [1 - math.floor(math.log10(d)) for d in distances if d > 0 and math.isfinite(d)]
    return min(max(_LEAST_DECIMALS, *needed, _LEAST_DECIMALS), most)
