"""Replays: what a model would have made of the transactions that were predicted in some time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.jobs import Job
from fraud.domain.log_listing import LONGEST_KEPT, LogRow
from fraud.domain.moments import Moment
from fraud.domain.shadow_counts import ShadowCounts
from fraud.domain.shadows import Shadow

MAX_WINDOW = timedelta(days=31)
"""The longest month: a window of it is 1,024 ranges of the log, read one after the other."""


class ReplayRequest(BaseModel):
    """Which predictions to score again: those made from `from` to before `to`."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"from": "2026-11-15T00:00:00Z", "to": "2026-11-22T00:00:00Z"}]
        },
    )

    since: Annotated[
        Moment, Field(alias="from", description="From when on they were made, with offset.")
    ]
    until: Annotated[
        Moment,
        Field(
            alias="to",
            description=f"Until when, at most {MAX_WINDOW.days} days later; not after now.",
        ),
    ]

    def checked(self, now: datetime) -> Self:
        """The same window, which ends now at the latest.

        Raises
        ------
        InvalidValue
            When it ends before it begins, is too long, or lies where no log can be.
        """
        until = min(self.until, now)
        if self.since >= until:
            complaint = f"should be before `to` and before now, which is {now.isoformat()}"
            raise InvalidValue(f"from {complaint}", [InvalidField("from", complaint)])
        if self.since < now - LONGEST_KEPT:
            complaint = f"should be at most {LONGEST_KEPT.days} days ago: nothing is kept longer"
            raise InvalidValue(f"from {complaint}", [InvalidField("from", complaint)])
        if until - self.since > MAX_WINDOW:
            complaint = f"should be at most {MAX_WINDOW.days} days after `from`"
            raise InvalidValue(f"to {complaint}", [InvalidField("to", complaint)])
        return self.model_copy(update={"until": until})


class ReplayCounts(BaseModel):
    """What a replay has counted so far.

    Attributes
    ----------
    pair
        The models that answered, as the champion, beside the one that is replayed, as the
        challenger.
    left_out_because
        Predictions that the model cannot score, by what it lacks.
    answered_by
        All predictions by the model that answered.
    """

    pair: ShadowCounts = Field(default_factory=ShadowCounts)
    left_out_because: Counter[str] = Field(default_factory=Counter)
    answered_by: Counter[str] = Field(default_factory=Counter)

    def add(self, row: LogRow, scored: Shadow, lacks: str) -> None:
        """Count one prediction.

        Parameters
        ----------
        scored
            What the model makes of it; without a score where it cannot be scored.
        lacks
            Why not, in words.
        """
        self.answered_by[row.entry.model_name] += 1
        self.pair.count(replace(row.entry, shadow=scored))
        is_fraud = scored.is_fraud
        if is_fraud is None:
            self.left_out_because[lacks] += 1
        elif row.label:
            self.pair.champion.count(row.entry.is_fraud, row.label.is_fraud, 1)
            self.pair.challenger.count(is_fraud, row.label.is_fraud, 1)


class Replay(Job):
    """One row of the replays table.

    `part` and `after` say how far the log has been counted: parts before `part` wholly, of that one
    the requests up to the id `after`. They are written together with the counts, so that whatever
    happens to a worker, each prediction is counted once. `attempts` counts those since then.
    """

    model: str
    since: datetime
    until: datetime
    part: int = 0
    after: str | None = None
    counts: ReplayCounts = Field(default_factory=ReplayCounts)
