"""Measured times and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

type Once = Callable[[int], float]
"""Does a thing for the i-th time; returns milliseconds."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of the same thing, many times."""

    ms: list[float]

    @property
    def p50(self) -> float:
        """Median."""
        return median(self.ms)

    @property
    def p95(self) -> float:
        """What 95 % stay below."""
        return quantiles(self.ms, n=20)[-1] if len(self.ms) > 1 else self.ms[0]

    def facts(self) -> dict[str, Any]:
        """For the JSON file."""
        return {"samples": len(self.ms), "p50_ms": self.p50, "p95_ms": self.p95}


def interleaved(
    contestants: Mapping[str, tuple[Once, int]], rounds: int, warm_up: int
) -> dict[str, Times]:
    """Let contestants take turns, so that what else the machine does falls on all of them.

    Parameters
    ----------
    contestants
        What each does, and how often in every round.
    warm_up
        Rounds before those that count.
    """
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for r in range(warm_up + rounds):
        for name, (once, times) in contestants.items():
            took = [once(r * times + i) for i in range(times)]
            if r >= warm_up:
                taken[name] += took
    return {name: Times(ms) for name, ms in taken.items()}
