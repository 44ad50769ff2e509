"""Over which predictions drift is judged, and when they are a fair sample of the model's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from fraud.domain.hour_counts import HourCounts, ModelCounts
from fraud.domain.hours import HOUR, hour_of

DAY = timedelta(days=1)
WINDOWS: Mapping[str, timedelta] = {"last_day": DAY, "last_week": timedelta(days=7)}
"""Shortest first: what it can judge, a longer one need not."""

FAIR_SHARE_OF_A_DAY = 0.9
"""Transactions of the night are not like those of noon, so a model that has answered less than this
of a day's predictions is not judged by them. Not the whole day, since some were answered by others:
by the model before it, or while it was rolled back."""

LONGEST_QUIET = timedelta(hours=12)
"""Of a longer time without any prediction only so much counts as the model's work: it may be a
night, but a request that somebody tried days ago does not make an hour of today a day's work."""

CALENDAR: Mapping[str, timedelta] = {"hour_of_day": DAY, "day_of_month": timedelta(days=31)}
"""Inputs that are the calendar itself, and how long they take to come round. Predictions of less
than `FULL_CYCLES` of them hold some of their values more often than others whatever the
transactions are like, so they say nothing: the hour of day is judged over a week, once there are
two days of it, the day of month never."""
FULL_CYCLES = 2


class WindowCounts(NamedTuple):
    """A model's predictions of a window, and how much time's worth of all predictions they are."""

    counts: ModelCounts
    covered: timedelta


def needed_cover(feature: str | None) -> timedelta:
    """How much a window must cover to say something about a feature, or about the score (None)."""
    cycle = CALENDAR.get(feature or "")
    return FAIR_SHARE_OF_A_DAY * DAY if cycle is None else FULL_CYCLES * cycle


def window_counts(
    hours: Sequence[HourCounts], model_name: str, now: datetime
) -> dict[str, WindowCounts]:
    """A model's predictions by the names of `WINDOWS`.

    Parameters
    ----------
    hours
        Of the longest window at least, earliest first; those of all models.
    """
    asked = [hour for hour in hours if hour.models]
    found = {}
    for name, length in WINDOWS.items():
        since = hour_of(now) - length + HOUR
        inside = [hour.models for hour in asked if hour.hour >= since]
        ours = ModelCounts.sum_of(models[model_name] for models in inside if model_name in models)
        everybody = sum(counts.predictions for models in inside for counts in models.values())
        share = ours.predictions / everybody if everybody else 0.0
        in_use = _in_use([hour.hour for hour in asked], now - length, now)
        found[name] = WindowCounts(ours, share * in_use)
    return found


def _in_use(asked: Sequence[datetime], since: datetime, now: datetime) -> timedelta:
    """How much of the time since a moment there was work, ordinary quiet included.

    Parameters
    ----------
    asked
        The beginnings of the hours with predictions, earliest first.
    """
    total = timedelta()
    for begun, following in pairwise([*asked, now]):
        ended = min(following, begun + HOUR + LONGEST_QUIET)
        total += max(ended - max(begun, since), timedelta())
    return total
