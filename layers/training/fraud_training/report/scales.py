"""Where a value lies on an axis, and which values the axis names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fraud_training.report.wording import plain, round_percent, short

type Label = Callable[[float], str]

_LIMIT = 1e-9
"""Probabilities nearer to 0 or 1 than this are drawn here."""
# The likeliest to be wanted first: later ones are left out where there is no room.
_PROBABILITIES = (0.5, 0.01, 0.99, 0.1, 0.9, 0.001, 0.999, 1e-4, 0.9999, 1e-5, 1e-6)
_CHARACTER = 0.02
"""Width of a character of a tick's label as a share of an axis."""
_GAP = 0.025
_FEW = 3
"""Fewer powers of ten than this on an axis are joined by twice and five times each."""


@dataclass(frozen=True)
class Scale:
    """A monotonic way from values to an axis.

    Attributes
    ----------
    low, high
        The values at its ends.
    warp
        What is linear along the axis.
    ticks
        Named values and their labels.
    """

    low: float
    high: float
    warp: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]

    def at(self, value: float) -> float:
        """The place of a value, in [0, 1] from low to high; beyond them, the end."""
        low, high = self.warp(self.low), self.warp(self.high)
        if low == high:
            return 0.5
        place = (self.warp(min(max(value, self.low), self.high)) - low) / (high - low)
        return min(max(place, 0.0), 1.0)


def linear(low: float, high: float, label: Label = short, most: int = 6) -> Scale:
    """Evenly spaced, with at most about `most` round ticks."""
    if high <= low:
        high = low + 1
    step = _round_step((high - low) / most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    ticks = tuple((i * step, label(i * step)) for i in range(first, last + 1))
    return Scale(low, high, lambda value: value, ticks)


def from_zero(highest: float) -> Scale:
    """Evenly spaced from 0 to the first tick that is not below the highest value."""
    step = _round_step(max(highest, 1) / 4)
    return linear(0.0, math.ceil(highest / step - 1e-9) * step or step, most=4)


def shares() -> Scale:
    """0 to 100 %."""
    return Scale(0.0, 1.0, lambda v: v, tuple((i / 5, round_percent(i / 5)) for i in range(6)))


def decades(
    low: float, high: float, label: Label = round_percent, *, upright: bool = False
) -> Scale:
    """Logarithmic: every power of ten takes as much room as the next.

    Parameters
    ----------
    low, high
        Above 0.
    upright
        For the vertical axis, where labels do not stand side by side.
    """
    powers = range(math.floor(math.log10(high) + 1e-9), math.ceil(math.log10(low) - 1e-9) - 1, -1)
    values = [10.0**power for power in powers]
    if len(values) < _FEW:
        values += [m * 10.0**power for power in (powers.stop, *powers) for m in (2, 5)]
    return _spaced(Scale(low, high, math.log10, ()), values, label, upright=upright)


def odds(low: float, high: float, *, upright: bool = False) -> Scale:
    """Probabilities by their log-odds, which shows both ends: 0.001 as well as 0.999."""
    inside = max(low, _LIMIT), min(high, 1 - _LIMIT)
    return _spaced(Scale(*inside, log_odds, ()), _PROBABILITIES, plain, upright=upright)


def log_odds(probability: float) -> float:
    """The logistic function's inverse, bounded."""
    inside = min(max(probability, _LIMIT), 1 - _LIMIT)
    return math.log(inside / (1 - inside))


def _spaced(scale: Scale, values: Iterable[float], label: Label, *, upright: bool) -> Scale:
    """The scale with those ticks, the first ones first, whose labels do not touch."""
    kept: list[tuple[float, str, float]] = []
    for value in values:
        if not scale.low <= value <= scale.high:
            continue
        text, place = label(value), scale.at(value)
        half = 0.03 if upright else _CHARACTER * len(text) / 2 + _GAP / 2
        if all(abs(place - scale.at(other)) >= half + room for other, _, room in kept):
            kept.append((value, text, half))
    ticks = tuple(sorted((value, text) for value, text, _ in kept))
    return Scale(scale.low, scale.high, scale.warp, ticks)


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= least * (1 - 1e-9))
