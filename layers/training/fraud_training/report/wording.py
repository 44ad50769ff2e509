"""Numbers as the report writes them: as many digits as can be read, never rounded to 0 or 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

NOTHING = "–"
_MAX_DECIMALS = 5


def score(value: float) -> str:
    """A metric in three decimals, more where it is near 0 or 1: `0.759`, `0.99955`, `0.00036`."""
    if not math.isfinite(value):
        return NOTHING
    if value in {0.0, 1.0}:
        return f"{value:.0f}"
    return f"{value:.{_decimals(value, least=3, digits=2)}f}"


def percent(share: float) -> str:
    """A share in per cent, with one decimal or more: `97.5 %`, `0.23 %`, `99.96 %`."""
    if not math.isfinite(share):
        return NOTHING
    if share in {0.0, 1.0}:
        return f"{share:.0%}".replace("%", "\u00a0%")
    decimals = max(1, _decimals(share, least=3, digits=2) - 2)
    return f"{100 * share:.{decimals}f}\u00a0%"


def plain(value: float) -> str:
    """A threshold or tick without trailing zeros or exponent: `0.5`, `0.0001`."""
    return f"{value:.8f}".rstrip("0").rstrip(".")


def thousands(count: float) -> str:
    """A count: `1,431,675`."""
    return f"{round(count):,}" if math.isfinite(count) else NOTHING


def interval(ends: Sequence[float] | None, write: Callable[[float], str] = score) -> str:
    """Lower and upper end, or nothing."""
    return f"{write(ends[0])} to {write(ends[1])}" if ends else ""


def sentence_of(value: Any) -> str:
    """A parameter's value as text."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {sentence_of(part)}" for key, part in value.items())
    return "none" if value is None else str(value)


def _decimals(value: float, least: int, digits: int) -> int:
    """Decimals that show `digits` significant digits of the distance to 0 or 1."""
    distance = min(abs(value), abs(1 - value))
    return min(max(least, digits - 1 - math.floor(math.log10(distance))), _MAX_DECIMALS)
