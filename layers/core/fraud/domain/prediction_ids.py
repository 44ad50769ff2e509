"""Prediction ids: sortable by time, unguessable, and enough to find a prediction in the log.

An id is `pr_` and 26 characters of Crockford's base 32: 48 bits of milliseconds since 1970, then
80 random bits (the ULID layout, https://github.com/ulid/spec). A member of a batch is the batch's
id with its place in the request: `pr_01JD…-17`.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.transactions import MAX_BATCH

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "pr_"
TIME_CHARS = 10
RANDOM_BITS = 80

LOG_SHARDS = 32
"""Partitions that one day of the log is spread over. DynamoDB takes 1,000 writes a second for each;
ids say which one they are in, so this number never changes once a prediction has been logged."""

ROWS_PER_ITEM = 250
"""Members of a batch that share one item of the log. At 1.4 kB a prediction, more than any has
before compression, they stay below DynamoDB's 400 kB; like `LOG_SHARDS` this never changes."""

_PATTERN = re.compile(rf"(pr_[0-7][{ALPHABET}]{{25}})(?:-(0|[1-9][0-9]{{0,2}}))?", re.ASCII)
_AS_PYTHON_WRITES = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


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
        milliseconds = int(at.timestamp() * 1000)
        number = (milliseconds << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
        pairs = [_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)]
        return cls(PREFIX + "".join(pairs))

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
        if match is None or (index is not None and index >= MAX_BATCH):
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
        return datetime.fromtimestamp(_number(self.base[3 : 3 + TIME_CHARS]) / 1000, UTC)

    @property
    def shard(self) -> int:
        """Which of the day's `LOG_SHARDS` partitions holds it; uniform, from the random bits."""
        return _number(self.base[-2:]) % LOG_SHARDS

    @property
    def part_end(self) -> int:
        """The first index that is not in the same item of the batch as this member."""
        return ((self.index or 0) // ROWS_PER_ITEM + 1) * ROWS_PER_ITEM

    @property
    def log_key(self) -> LogKey:
        """Where the log keeps it: an item of its own, or one of the batch's items."""
        pk = f"{self.at.date().isoformat()}#{self.shard:02d}"
        if self.index is None:
            return LogKey(pk, self.base)
        return LogKey(pk, f"{self.base}-{self.index // ROWS_PER_ITEM}")


def _number(digits: str) -> int:
    return int(digits.translate(_AS_PYTHON_WRITES), 32)
