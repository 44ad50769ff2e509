"""How much a download may take, of bytes and of time."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class DownloadLimits:
    """Caps of one download.

    Parameters
    ----------
    max_bytes
        Most bytes on the wire, and most bytes stored after a Content-Encoding is undone.
    connect_timeout_s
        Longest wait for the resolver, for one address to accept, and for the TLS handshake.
    read_timeout_s
        Longest wait for the next byte of headers or body.
    total_timeout_s
        Longest time from first look-up to last byte, redirects included.
    """

    max_bytes: int
    connect_timeout_s: float = 10
    read_timeout_s: float = 30
    total_timeout_s: float = 600


class Deadline:
    """The moment a download must be over, whatever it is doing then."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self._end = time.monotonic() + total_s

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def cap(self, timeout_s: float) -> float:
        """Shorten a wait to the time that is left.

        Raises
        ------
        TimeoutError
            None is left.
        """
        remaining_s = self._end - time.monotonic()
        if remaining_s <= 0:
            raise TimeoutError
        return min(timeout_s, remaining_s)
