"""Looks at the registry beside the requests: one of them, how often, and how long ago."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import NamedTuple


@dataclass(frozen=True)
class Pace:
    """How often the pointer is looked at; together they keep a promotion under 60 s everywhere."""

    max_age_s: float = 30.0
    must_look_s: float = 45.0
    max_wait_s: float = 5.0
    first_wait_s: float = 15.0
    """Less than the function's time: who has no model yet is told so before it ends."""


USUAL = Pace()


class Instant(NamedTuple):
    """One moment on two clocks.

    Wall time can be set back, and monotonic time may stand still while Lambda has frozen the
    machine or jump when a snapshot is restored; the larger of two ages errs towards looking again.
    """

    monotonic_s: float
    wall_s: float

    @classmethod
    def now(cls) -> Instant:
        """This moment."""
        return cls(time.monotonic(), time.time())

    def age_s(self, now: Instant) -> float:
        """Seconds from here to `now`; infinite when a clock ran backwards."""
        ages = (now.monotonic_s - self.monotonic_s, now.wall_s - self.wall_s)
        return float("inf") if min(ages) < 0 else max(ages)


class Look(Thread):
    """One look at the registry, whose failure is kept for those who wait for it."""

    def __init__(self, refresh: Callable[[], None]) -> None:
        super().__init__(name="champion", daemon=True)
        self._refresh = refresh
        self._waited = False
        self.error: Exception | None = None

    def run(self) -> None:
        """Look; the cache has reported what went wrong."""
        try:
            self._refresh()
        except Exception as e:  # noqa: BLE001 - a thread has nobody to raise to
            self.error = e

    def wait(self, timeout_s: float) -> None:
        """Wait for the end, but only once: a hanging look must not slow every request."""
        if not self._waited:
            self.join(timeout_s)
            self._waited = self.is_alive()
