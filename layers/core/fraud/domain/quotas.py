"""A client's trainings per day: days are UTC's, and begin anew for everybody at once."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta

from fraud.domain.errors import Throttled


def next_day(now: datetime) -> datetime:
    """The midnight, in the zone of `now`, at which the next day begins."""
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


def used_up(quota: int, now: datetime) -> Throttled:
    """The refusal of a client that has asked for its `quota` of a day; says when to come back."""
    retry_after_s = math.ceil((next_day(now) - now).total_seconds())
    return Throttled(
        f"the quota of {quota} trainings a day is used up; the next day begins at 00:00 UTC, "
        f"in {retry_after_s} s",
        retry_after_s=retry_after_s,
    )
