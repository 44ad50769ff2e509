"""A look at the enabled model as metrics that alarms and the dashboard watch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from fraud.domain.drift import DriftReport
from fraud.domain.measurements import COUNT, MILLISECONDS, NONE, Measurement
from fraud.domain.model_state import HealthState
from fraud.domain.traffic import Traffic
from fraud.services.monitoring import Look

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def health_metrics(look: Look) -> Iterator[Measurement]:
    """What one run found; what cannot be told is left out.

    Traffic is that of the last 60 minutes, whatever the monitor's schedule. `WorstFeaturePsi` is
    over the inputs that decide, `Degraded` is 0 or 1.
    """
    yield Measurement("HoursCounted", COUNT, float(look.hours + look.arrivals))
    now = look.now
    if now is None:
        return
    yield Measurement("ModelAgeDays", NONE, look.model_age / DAY)
    yield Measurement("HoursSinceLastPrediction", NONE, look.idle / HOUR)
    yield Measurement("Degraded", NONE, float(now.state is HealthState.DEGRADED))
    if now.live and now.live.f1 is not None:
        yield Measurement("LiveF1", NONE, now.live.f1)
    if now.drift:
        yield from _drift(now.drift)
    if now.last_hour:
        yield from _traffic(now.last_hour)
    for percentile in look.score_percentiles:
        yield Measurement("ScorePercentile", NONE, percentile)


def _drift(report: DriftReport) -> Iterator[Measurement]:
    decide = {n: d.psi for n, d in report.deciding().items() if d.psi is not None}
    score = decide.pop("the score", None)
    if score is not None:
        yield Measurement("ScorePsi", NONE, score)
    if decide:
        yield Measurement("WorstFeaturePsi", NONE, max(decide.values()))


def _traffic(hour: Traffic) -> Iterator[Measurement]:
    yield Measurement("Approved", COUNT, hour.outcomes.approve)
    yield Measurement("Reviewed", COUNT, hour.outcomes.review)
    yield Measurement("Blocked", COUNT, hour.outcomes.block)
    if hour.latency:
        yield Measurement("LatencyP50", MILLISECONDS, hour.latency.p50_ms)
        yield Measurement("LatencyP95", MILLISECONDS, hour.latency.p95_ms)
