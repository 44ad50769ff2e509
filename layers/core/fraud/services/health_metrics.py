"""A look at the enabled model as metrics that alarms watch."""

from __future__ import annotations

from datetime import timedelta

from fraud.domain.model_state import HealthState
from fraud.services.monitoring import Look

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
COUNT = "Count"
NONE = "None"


def health_metrics(look: Look) -> dict[str, tuple[str, float]]:
    """Names to CloudWatch units and values; what cannot be told is left out.

    `WorstFeaturePsi` is over the inputs that decide, `Drifting` and `Degraded` are 0 or 1.
    """
    found: dict[str, tuple[str, float]] = {
        "HoursCounted": (COUNT, float(look.hours + look.arrivals))
    }
    now = look.now
    if now is None:
        return found
    found["ModelAgeDays"] = (NONE, look.model_age / DAY)
    found["HoursSinceLastPrediction"] = (NONE, look.idle / HOUR)
    found["Degraded"] = (NONE, float(now.state is HealthState.DEGRADED))
    if now.live and now.live.f1 is not None:
        found["LiveF1"] = (NONE, now.live.f1)
    if now.drift:
        decide = {n: d.psi for n, d in now.drift.deciding().items() if d.psi is not None}
        score = decide.pop("the score", None)
        if score is not None:
            found["ScorePsi"] = (NONE, score)
        if decide:
            found["WorstFeaturePsi"] = (NONE, max(decide.values()))
    return found
