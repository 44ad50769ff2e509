"""The metrics behind the alarms of the enabled model."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fraud.domain.drift import Drift, DriftReport
from fraud.domain.health_now import HealthNow
from fraud.domain.labelled_quality import Quality, QualityIntervals
from fraud.domain.live_quality import LiveQuality
from fraud.domain.model_state import HealthState
from fraud.services.health_metrics import health_metrics
from fraud.services.monitoring import Look

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)


def moved(psi: float | None, *, decides: bool = True) -> Drift:
    return Drift(psi=psi, decides=decides, rows_needed=511)


def seen(drift: DriftReport | None, live: LiveQuality | None) -> Look:
    now = HealthNow(
        as_of=NOW, model="m", state=HealthState.DEGRADED, reasons=["worse"], drift=drift, live=live
    )
    return Look(3, 1, now, model_age=timedelta(days=12), idle=timedelta(minutes=90))


def measured(look: Look) -> dict[str, float]:
    return {m.name: m.value for m in health_metrics(look)}


REPORT = DriftReport(
    rows={"last_day": 1000, "last_week": 5000},
    score=moved(0.12),
    features={
        "type": moved(0.3),
        "amount_log": moved(0.1),
        "day_of_month": moved(4, decides=False),
    },
)
LIVE = LiveQuality(
    precision=0.8, recall=0.6, f1=0.69, intervals=QualityIntervals(), labels=100, frauds=50,
    alerts=40, caught=30, predictions=1000, maturity_days=7, first_day=NOW.date(),
    last_day=NOW.date(), held_out=Quality(),
)  # fmt: skip


def test_a_look_becomes_values_that_alarms_compare() -> None:
    values = measured(seen(REPORT, LIVE))
    assert values == {
        "HoursCounted": 4,
        "ModelAgeDays": 12,
        "HoursSinceLastPrediction": 1.5,
        "Degraded": 1,
        "LiveF1": 0.69,
        "ScorePsi": 0.12,
        "WorstFeaturePsi": 0.3,
    }


def test_what_cannot_be_told_is_left_out() -> None:
    silent = REPORT.model_copy(update={"score": moved(None, decides=False), "features": {}})
    found = measured(seen(silent, LIVE.model_copy(update={"f1": None})))
    assert not found.keys() & {"LiveF1", "ScorePsi", "WorstFeaturePsi"}
    assert set(measured(Look(3, 1))) == {"HoursCounted"}


def test_every_alarm_of_the_model_watches_a_metric_that_the_monitor_emits(
    project_dir: Path,
) -> None:
    template = (project_dir / "template.yaml").read_text(encoding="utf-8")
    pattern = r"MetricName: (\w+)\n +Dimensions: \[\{Name: service, Value: fraud-detection\}\]"
    # Of trainings, not of the model: the sweeper and the consumer of dead letters emit it.
    watched = set(re.findall(pattern, template)) - {"TrainingsGivenUp"}
    assert len(watched) == 5
    assert watched <= measured(seen(REPORT, LIVE)).keys()
