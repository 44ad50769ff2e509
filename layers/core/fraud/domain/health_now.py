"""How the enabled model is doing now: what the monitor writes and the health route answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from fraud.domain.drift import DriftReport
from fraud.domain.live_quality import LiveQuality
from fraud.domain.model_state import HealthState
from fraud.domain.retraining import Retraining
from fraud.domain.traffic import Traffic

OUTDATED_AFTER = timedelta(days=1)
"""A look older than this says nothing about now, whatever MonitorSchedule is."""

NEVER_LOOKED = "the monitor has not looked at the predictions yet; it runs as MonitorSchedule says"


class HealthNow(BaseModel):
    """How the enabled model is doing, when the monitor last looked."""

    as_of: Annotated[
        datetime | None, Field(description="When the monitor looked; null before its first run.")
    ] = None
    model: Annotated[str | None, Field(description="The model that was enabled then.")] = None
    state: Annotated[
        HealthState,
        Field(
            description="degraded: worse by labels than at training, failing, or not loadable. "
            "drifting: scores or inputs have an index of 0.25 or more. unknown: not looked at yet, "
            "not since the model was enabled, not for a day, or too few predictions, or of less "
            "than a day, to tell."
        ),
    ]
    reasons: Annotated[list[str], Field(description="Why, in words; the worst first.")]
    last_hour: Annotated[Traffic | None, Field(description="The 60 minutes before `as_of`.")] = None
    last_day: Annotated[
        Traffic | None, Field(description="The hour of `as_of` and the 23 before it.")
    ] = None
    drift: DriftReport | None = None
    live: LiveQuality | None = None
    retraining: Annotated[
        Retraining | None, Field(description="The last training that the monitor asked for.")
    ] = None
    last_prediction_at: datetime | None = None


def seen_at(summary: HealthNow | None, champion: str, now: datetime) -> HealthNow:
    """What the monitor's last look is worth for the model that is enabled at `now`."""
    if summary is None or summary.as_of is None:
        return HealthNow(state=HealthState.UNKNOWN, reasons=[NEVER_LOOKED])
    if summary.model != champion:
        why = f"{champion} was enabled after the monitor looked, when it was {summary.model}"
        return _unknown(summary, why).model_copy(update={"drift": None, "live": None})
    if now - summary.as_of > OUTDATED_AFTER:
        hours = (now - summary.as_of) // timedelta(hours=1)
        return _unknown(summary, f"the monitor has not looked for {hours} hours")
    return summary


def _unknown(summary: HealthNow, why: str) -> HealthNow:
    return summary.model_copy(update={"state": HealthState.UNKNOWN, "reasons": [why]})
