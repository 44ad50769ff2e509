"""Prediction ids: sortable by time, unguessable, and enough to find a prediction in the log.

An id is `pr_` and a ULID. A member of a batch is the batch's id with its place in the request:
`pr_01JD…-17`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.transactions import MAX_BATCH
from fraud.domain.ulids import (
    ALPHABET,
    LAST_MILLISECOND,
    TIME_CHARS,
    base32_number,
    first_ulid,
    moment_of,
    new_ulid,
)

PREFIX = "pr_"

LOG_SHARDS = 32
"""Partitions that one day of the log is spread over. DynamoDB takes 1,000 writes a second for each;
ids say which one they are in, so this number never changes once a prediction has been logged."""

ROWS_PER_ITEM = 250
"""Members of a batch that share one item of the log. At 1.4 kB a prediction, more than any has
before compression, they stay below DynamoDB's 400 kB; like `LOG_SHARDS` this never changes."""

_PATTERN = re.compile(rf"(pr_[0-7][{ALPHABET}]{{25}})(?:-(0|[1-9][0-9]{{0,2}}))?", re.ASCII)
_SHARE_DIGITS = slice(-8, -2)
"""30 random bits that have no part in the shard, so that a share has its part of every one."""
_TIME = slice(len(PREFIX), len(PREFIX) + TIME_CHARS)


class LogPart(NamedTuple):
    """The predictions of some time in one partition: sort keys from `low` to before `high`."""

    pk: str
    low: str
    high: str


class LogKey(NamedTuple):
    """Where an item of the prediction log is: partition `<yyyy-mm-dd>#<shard>`, and sort key."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class PredictionId:
    """The id of one prediction, or of a batch of them.

    Attributes
    ----------
    base
        `pr_` and 26 characters.
    index
        The place of a batch's member in its request, from 0; None for a single prediction and for
        the batch as a whole.
    """

    base: str
    index: int | None = None

    @classmethod
    def new(cls, at: datetime) -> Self:
        """An id never given before, for a prediction made at `at`."""
        return cls(PREFIX + new_ulid(at))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id.

        Raises
        ------
        InvalidValue
            When the text is no id of ours.
        """
        match = _PATTERN.fullmatch(text)
        index = int(match[2]) if match and match[2] else None
        if (
            match is None
            or (index is not None and index >= MAX_BATCH)
            or base32_number(text[_TIME]) > LAST_MILLISECOND
        ):
            complaint = (
                "is not a prediction id; send it as the answer gave it: pr_ and 26 characters"
            )
            raise InvalidValue(
                f"prediction_id {complaint}", [InvalidField("prediction_id", complaint)]
            )
        return cls(match[1], index)

    def __str__(self) -> str:
        return self.base if self.index is None else f"{self.base}-{self.index}"

    def member(self, index: int) -> Self:
        """The id of one member of this batch."""
        return type(self)(self.base, index)

    @property
    def at(self) -> datetime:
        """When the prediction was made, in UTC, to the millisecond."""
        return moment_of(self.base.removeprefix(PREFIX))

    @property
    def shard(self) -> int:
        """Which of the day's `LOG_SHARDS` partitions holds it; uniform, from the random bits."""
        return base32_number(self.base[-2:]) % LOG_SHARDS

    @property
    def place_in_share(self) -> float:
        """Uniform in [0, 1), from the random bits; the same for all members of a batch."""
        return base32_number(self.base[_SHARE_DIGITS]) / 2**30

    @property
    def part_end(self) -> int:
        """The first index that is not in the same item of the batch as this member."""
        return ((self.index or 0) // ROWS_PER_ITEM + 1) * ROWS_PER_ITEM

    @property
    def log_key(self) -> LogKey:
        """Where the log keeps it: an item of its own, or one of the batch's items."""
        pk = partition(self.at.date(), self.shard)
        if self.index is None:
            return LogKey(pk, self.base)
        return LogKey(pk, f"{self.base}-{self.index // ROWS_PER_ITEM}")


def partition(day: date, shard: int) -> str:
    """The key of one of the `LOG_SHARDS` partitions of a day."""
    return f"{day.isoformat()}#{shard:02d}"


def first_id(at: datetime) -> str:
    """Where the ids of the millisecond `at` begin: every earlier prediction's sorts before it."""
    return PREFIX + first_ulid(at)


def log_parts(since: datetime, until: datetime) -> Iterator[LogPart]:
    """All parts of the log that hold predictions made from `since` to before `until`, by day."""
    day = since.astimezone(UTC).date()
    while day <= (until - timedelta(milliseconds=1)).astimezone(UTC).date():
        for shard in range(LOG_SHARDS):
            yield LogPart(partition(day, shard), first_id(since), first_id(until))
        day += timedelta(days=1)
