"""Whether predictions are answered by the model that is enabled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from fraud.domain.hour_counts import ModelCounts
from fraud.domain.hours import HOUR

FOLLOWED_WITHIN = timedelta(seconds=60)
"""By then every warm predict function has looked at the pointer, see `look.Pace`."""


class LeftBehind(NamedTuple):
    """A model that answered although another one had been enabled for some time.

    Attributes
    ----------
    at
        When it answered last.
    late
        How long after the other's release.
    """

    model: str
    at: datetime
    late: timedelta


def left_behind(
    counted: Iterable[Mapping[str, ModelCounts]],
    champion: str,
    released_at: datetime,
    now: datetime,
) -> LeftBehind | None:
    """The model that predictions are still answered by instead of the enabled one.

    Instances of predict follow on their own, some sooner than others. So one answer within the last
    hour is enough, whatever others answered meanwhile; an older one counts while nothing newer
    shows that it was followed after all.

    Parameters
    ----------
    counted
        Predictions by model, of any hours up to `now`.

    Returns
    -------
    LeftBehind or None
        The one that answered last; None where the release was followed, or nothing was asked since.
    """
    last: dict[str, datetime] = {}
    for models in counted:
        for name, counts in models.items():
            if counts.last_at:
                last[name] = max(counts.last_at, last.get(name, counts.last_at))
    newest = max(last.values(), default=None)
    others = [
        LeftBehind(name, at, at - released_at)
        for name, at in last.items()
        if name != champion
        and at > released_at + FOLLOWED_WITHIN
        and (at == newest or at >= now - HOUR)
    ]
    return max(others, key=lambda other: other.at, default=None)
