"""Listing the prediction log: what is wanted, and where a page goes on.

Rows are ordered by item key and place in the batch, both descending: newest first, and the last
transaction of a batch before its first. Ids sort by time in every shard alike, so one position says
how far all of them have been read.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from fraud.domain.errors import BadRequest, InvalidField, InvalidValue
from fraud.domain.labels import MARK, Label
from fraud.domain.prediction_ids import PREFIX, PredictionId, first_id
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.predictions import Outcome
from fraud.domain.ulids import ALPHABET, at_millisecond, milliseconds

DEFAULT_WINDOW = timedelta(hours=24)
LONGEST_KEPT = timedelta(days=3650)  # the template's largest PredictionTtlDays
CLOCK_SKEW = timedelta(minutes=1)
"""How far the clock of the function that predicted may be ahead of the one that lists."""

_MILLISECOND = timedelta(milliseconds=1)
_BASE_CHARS = len(PREFIX) + 26
_ULID = rf"[0-7][{ALPHABET}]{{25}}"
_SORT_KEY = re.compile(rf"pr_{_ULID}(-[0-9]{{1,3}})?({MARK}{_ULID})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogPosition:
    """How far a listing has come.

    Attributes
    ----------
    sk
        Everything that sorts after it has been listed, in every shard.
    index
        Where that is an item of which some members are still to be listed: they come before this
        place of the batch. None where the item itself is done.
    """

    sk: str
    index: int | None = None

    @property
    def base(self) -> str:
        """The id of the prediction or batch at which the listing stopped."""
        return self.sk[:_BASE_CHARS]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which predictions to list.

    Attributes
    ----------
    since, until
        When they were made, to the millisecond; `until` is not in it any more.
    outcome, model_name, client
        None for all.
    """

    since: datetime
    until: datetime
    outcome: Outcome | None = None
    model_name: str | None = None
    client: str | None = None

    @property
    def lowest(self) -> str:
        """Where the sort keys of the wanted ones begin."""
        return first_id(self.since)

    def start(self, position: LogPosition | None) -> LogPosition:
        """Where listing them begins, or goes on."""
        top = LogPosition(first_id(self.until))
        return position if position is not None and position.sk < top.sk else top

    def days(self, start: LogPosition) -> Iterator[date]:
        """The days of the log that may hold some, newest first."""
        if start.sk <= self.lowest:
            return
        moment = PredictionId(start.base).at
        # A position that no item has is where an earlier page ended a day.
        day = (moment - _MILLISECOND if start.sk == first_id(moment) else moment).date()
        while day >= self.since.date():
            yield day
            day -= timedelta(days=1)


def window(
    since: datetime | None, until: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """The time to list: what was asked for, by default the last 24 hours.

    Returns
    -------
    tuple of datetime
        From when, until when; neither in the future nor longer ago than anything is kept.

    Raises
    ------
    InvalidValue
        When it ends before it begins.
    """
    oldest = now - LONGEST_KEPT
    latest = now + CLOCK_SKEW
    if since is not None and since >= (until or latest):
        complaint = f"should be before `to`, which is {(until or now).isoformat()}"
        raise InvalidValue(f"from {complaint}", [InvalidField("from", complaint)])
    end = max(oldest, min(until or latest, latest))
    begin = since or max(oldest, until or now) - DEFAULT_WINDOW
    return max(oldest, min(begin, end)), end


@dataclass(frozen=True, slots=True)
class LogRow:
    """A logged prediction and the label that counts, if it has any."""

    entry: PredictionEntry
    label: Label | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some rows, newest first, and where the next page begins, None at the end."""

    rows: list[LogRow]
    position: LogPosition | None


@dataclass(frozen=True, slots=True)
class PageToken:
    """Where a page begins, and how far back its listing goes: a default window must not move."""

    position: LogPosition
    since: datetime

    def encode(self) -> str:
        """The token as callers pass it back."""
        content = [self.position.sk, self.position.index, milliseconds(self.since)]
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a token.

        Raises
        ------
        BadRequest
            When it is not one of ours.
        """
        try:
            sk, index, since_ms = json.loads(base64.b64decode(text, altchars=b"-_", validate=True))
            position = LogPosition(sk, index)
            PredictionId.parse(position.base)
            if _SORT_KEY.fullmatch(sk) and (index is None or type(index) is int):
                return cls(position, at_millisecond(since_ms))
        except (ValueError, TypeError, OverflowError, RecursionError, InvalidValue):
            pass
        raise BadRequest("the page token is not one of ours; start again without it")
