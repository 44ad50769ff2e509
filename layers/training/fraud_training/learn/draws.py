"""What each stream of the rows' random numbers is for; no two uses share one."""

from __future__ import annotations

from enum import IntEnum


class Draw(IntEnum):
    """Streams of `uniform`."""

    HOLD_OUT = 0
    SAMPLE = 1
    ORDER = 2
