"""Hours of UTC: what the monitor counts by, and which of them are due to be counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)

SETTLED_AFTER = HOUR
"""An hour that was counted this long after its end is counted for good. Until then a prediction may
still come in that was made in it: the buffer queue writes what the log refused at first."""


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour that a moment lies in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hours_from(first: datetime, end: datetime) -> Iterator[datetime]:
    """Beginnings of hours from `first` to before `end`."""
    hour = first
    while hour < end:
        yield hour
        hour += HOUR


def hours_due(
    now: datetime, counted_at: Mapping[datetime, datetime], look_back: timedelta, limit: int
) -> list[datetime]:
    """Hours of predictions to count, newest first.

    They are the running and the last finished hour, and before them those that have not been
    counted, or not since they were settled; a run that was late or missed is made good by the next.

    Parameters
    ----------
    counted_at
        When each hour was last counted.
    look_back
        How far back missing hours are counted.
    limit
        How many hours at most; the rest is left to later runs.
    """
    running = hour_of(now)
    always = {running, running - HOUR}
    hours = list(hours_from(hour_of(now - look_back), running + HOUR))
    due = [h for h in reversed(hours) if h in always or not _settled(h, counted_at.get(h))]
    return due[:limit]


def hours_ended(
    now: datetime, counted_at: Mapping[datetime, datetime], look_back: timedelta, limit: int
) -> list[datetime]:
    """Hours of arrival whose labels have not been counted, newest first.

    Labels count days after they arrived, so each hour is counted once, when it is settled: by then
    the index, which is written after the labels, has long caught up.
    """
    hours = list(hours_from(hour_of(now - look_back), hour_of(now)))
    return [h for h in reversed(hours) if h not in counted_at and _settled(h, now)][:limit]


def _settled(hour: datetime, counted_at: datetime | None) -> bool:
    return counted_at is not None and counted_at >= hour + HOUR + SETTLED_AFTER
