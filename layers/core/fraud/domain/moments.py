"""Moments as callers send them: RFC 3339, with an offset, so that nobody has to guess the zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

MAX_CHARS = 40
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", flags=re.ASCII
)
_COMPLAINT = (
    "should be a time with its offset, such as 2026-11-22T20:00:00Z or 2026-11-22T21:00:00+01:00 "
    "(+ is %2B in a URL)"
)


def parse_moment(text: Any) -> datetime:
    """Read an RFC 3339 time.

    Returns
    -------
    datetime
        In UTC, to the microsecond.

    Raises
    ------
    ValueError
        When it is another form, has no offset, or is no time that exists.
    """
    if isinstance(text, datetime) and text.tzinfo is not None:
        return text.astimezone(UTC)
    if not isinstance(text, str) or len(text) > MAX_CHARS or not _RFC_3339.fullmatch(text):
        raise ValueError(_COMPLAINT)
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_COMPLAINT) from None


type Moment = Annotated[
    datetime, BeforeValidator(parse_moment), Field(examples=["2026-11-22T20:00:00Z"])
]
