"""ULIDs: 26 characters that sort by time and cannot be guessed.

48 bits of milliseconds since 1970, then 80 random bits, in Crockford's base 32
(https://github.com/ulid/spec).
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME_CHARS = 10
RANDOM_CHARS = 16
RANDOM_BITS = 80

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
LAST_MILLISECOND = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MILLISECOND
"""The last one that a datetime can say; a ULID's 48 bits reach further."""

_AS_PYTHON_WRITES = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]


def new_ulid(at: datetime) -> str:
    """A ULID never given before, for the moment `at`."""
    number = (milliseconds(at) << RANDOM_BITS) | secrets.randbits(RANDOM_BITS)
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)]
    return "".join(pairs)


def first_ulid(at: datetime) -> str:
    """The smallest ULID of the millisecond `at`: every one of an earlier moment sorts before it."""
    number = max(0, milliseconds(at))
    digits = [ALPHABET[(number >> shift) & 31] for shift in range(45, -1, -5)]
    return "".join(digits) + ALPHABET[0] * RANDOM_CHARS


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970, which is how finely a ULID knows its moment."""
    return (at - _EPOCH) // _MILLISECOND


def at_millisecond(number: int) -> datetime:
    """The moment that many milliseconds after 1970 began, in UTC.

    Raises
    ------
    OverflowError
        When it lies after `LAST_MILLISECOND`.
    """
    return _EPOCH + number * _MILLISECOND


def moment_of(ulid: str) -> datetime:
    """When a ULID was given, in UTC.

    Raises
    ------
    OverflowError
        When its time lies after `LAST_MILLISECOND`.
    """
    return at_millisecond(base32_number(ulid[:TIME_CHARS]))


def base32_number(digits: str) -> int:
    """The number that digits of `ALPHABET` are."""
    return int(digits.translate(_AS_PYTHON_WRITES), 32)
