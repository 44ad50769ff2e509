"""The time of a fault run: real time and an offset, which only ever grows, shared by processes."""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

_FORM = struct.Struct("d")


class WorldClock:
    """An offset in a file that every process maps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(_FORM.pack(0.0))
        with path.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _FORM.size)

    @property
    def offset(self) -> timedelta:
        """How far this world is ahead."""
        return timedelta(seconds=_FORM.unpack(self._shared[:])[0])

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._shared[:] = _FORM.pack((self.offset + by).total_seconds())

    def now(self) -> datetime:
        """The time in this world."""
        return datetime.now(UTC) + self.offset

    def datetime_class(self) -> type[datetime]:
        """A class whose `now` is this clock's, to stand in a module for the standard one."""
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + clock.offset

        return Shifted
