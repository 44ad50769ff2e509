"""Moving a buffered prediction to the log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fraud.domain.log_messages import from_message
from fraud.domain.prediction_log import LogItem


class Drained(StrEnum):
    """What became of a message."""

    WRITTEN = "written"
    KNOWN = "known"
    EXPIRED = "expired"
    NOT_OURS = "not_ours"


class Log(Protocol):
    """The prediction log."""

    def add(self, item: LogItem) -> bool:
        """Write an item unless it is there; tells whether it was missing."""

    def expires_at(self, item: LogItem) -> datetime:
        """When the item may be forgotten."""


class DeadLetters(Protocol):
    """Keeps messages for somebody to look at."""

    def send(self, message: str) -> None:
        """Keep a message."""


def drain(message: str, log: Log, dead_letters: DeadLetters, now: datetime) -> Drained:
    """Write the item in a message to the log; doing so again changes nothing.

    An item that has expired while it waited is dropped: the log would have forgotten it by now. A
    message that can never be written is put aside at once, so that those behind it and the alarms
    need not wait until it has been tried a thousand times.

    Raises
    ------
    Unavailable
        When the log or the dead letters do not take it; the message must come back.
    """
    try:
        item = from_message(message)
    except ValueError:
        dead_letters.send(message)
        return Drained.NOT_OURS
    if log.expires_at(item) <= now:
        return Drained.EXPIRED
    return Drained.WRITTEN if log.add(item) else Drained.KNOWN
