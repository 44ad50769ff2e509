"""Looking after the enabled model: count, compare, conclude; then act, where that is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from fraud.adapters.api_metrics import ApiHealth
from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.domain.drift import drift_report
from fraud.domain.drift_references import DriftReference
from fraud.domain.drift_windows import window_counts
from fraud.domain.health_now import HealthNow
from fraud.domain.hour_counts import HourCounts, ModelCounts
from fraud.domain.hours import HOUR, hour_of
from fraud.domain.label_counts import labels_of_days
from fraud.domain.live_quality import WINDOW, LiveQuality, live_quality, mature_days
from fraud.domain.model_cards import Champion, ModelRecord
from fraud.domain.model_state import Limits, Signs, judge
from fraud.domain.release_following import left_behind
from fraud.domain.retraining import RetrainingRules
from fraud.domain.score_percentiles import score_percentiles
from fraud.domain.traffic import Traffic, traffic_of
from fraud.services.guarded_retraining import Trainers, retrain
from fraud.services.hour_counting import (
    LOOK_BACK,
    LabelSource,
    PredictionSource,
    count_labels,
    count_predictions,
)
from fraud.services.model_files import CheckedModel, check_model, references


@dataclass(frozen=True)
class Watch:
    """Everything the monitor reads and writes.

    Attributes
    ----------
    api_health
        Tells what CloudWatch knows at a moment.
    """

    log: PredictionSource
    labels: LabelSource
    table: MonitoringTable
    models: ModelsTable
    bucket: ArtifactsBucket
    api_health: Callable[[datetime], ApiHealth]
    trainers: Trainers


@dataclass(frozen=True)
class Rules:
    """What the monitor judges by."""

    maturity: timedelta
    limits: Limits
    retraining: RetrainingRules


@dataclass(frozen=True)
class Look:
    """What came of one run.

    Attributes
    ----------
    now
        The conclusion; None while no model is enabled.
    model_age, idle
        Since the enabled model was trained, and since the last prediction or the model's release.
    score_percentiles
        Its scores of the last hour, thinned out, as percentiles of those at training.
    """

    hours: int
    arrivals: int
    now: HealthNow | None = None
    model_age: timedelta = timedelta()
    idle: timedelta = timedelta()
    score_percentiles: list[float] = field(default_factory=list)


class Enabled(NamedTuple):
    """The enabled model: its release, its row, and what its files are like."""

    champion: Champion
    record: ModelRecord
    checked: CheckedModel


def look(watch: Watch, rules: Rules, now: datetime, remaining_s: Callable[[], float]) -> Look:
    """Count what is new, judge the enabled model, and write down the conclusion.

    Raises
    ------
    Unavailable
        When a dependency does not answer; what was counted is kept, the next run goes on.
    """
    champion = watch.models.champion()
    record = watch.models.get(champion.name) if champion else None
    checked = check_model(record, watch.bucket) if record else CheckedModel(None, None)
    name = record.name if record else ""
    reference_of = references(name, checked.reference, watch.bucket)
    hours, last_hour = count_predictions(watch.log, watch.table, reference_of, now, remaining_s)
    look_back = WINDOW + rules.maturity
    arrivals = count_labels(watch.labels, watch.table, look_back, now, remaining_s)
    if champion is None or record is None:
        return Look(hours, arrivals)
    concluded = _conclusion(watch, rules, Enabled(champion, record, checked), last_hour, now)
    watch.table.save_summary(concluded)
    return Look(
        hours,
        arrivals,
        concluded,
        model_age=now - record.created_at,
        idle=_idle(concluded, champion, now),
        score_percentiles=_scores(checked.reference, last_hour.get(record.name)),
    )


def act(watch: Watch, rules: Rules, seen: Look, now: datetime) -> Look:
    """Ask for a training if what was seen calls for one and the rules allow it.

    Raises
    ------
    InvalidValue
        When the retraining's dataset may not be fetched from.
    Unavailable
        When a dependency does not answer.
    """
    found = seen.now
    because = rules.retraining.cause(found.drift, found.live) if found else None
    if found is None or found.model is None or because is None:
        return seen
    queued = retrain(because, found.model, rules.retraining, watch.table, watch.trainers, now)
    if queued is None:
        return seen
    found = found.model_copy(update={"retraining": queued})
    watch.table.save_summary(found)
    return replace(seen, now=found)


def _conclusion(
    watch: Watch,
    rules: Rules,
    enabled: Enabled,
    last_hour: Mapping[str, ModelCounts],
    now: datetime,
) -> HealthNow:
    champion, record, checked = enabled
    hours = watch.table.hours(hour_of(now - LOOK_BACK))
    api = watch.api_health(now)
    windows = window_counts(hours, record.name, now)
    drift = drift_report(checked.reference, windows) if checked.reference else None
    live = _live(watch.table, rules, record, now)
    signs = Signs(
        drift=drift,
        live=live,
        errors=api.last_hour,
        files_problem=checked.problem,
        failed_loads=api.failed_loads,
        age=now - record.created_at,
        left_behind=left_behind(
            (hour.models for hour in hours), record.name, champion.released_at, now
        ),
    )
    verdict = judge(signs, rules.limits)
    made = [m.last_at for hour in hours for m in hour.models.values() if m.last_at]
    return HealthNow(
        as_of=now,
        model=record.name,
        state=verdict.state,
        reasons=list(verdict.reasons),
        last_hour=traffic_of(last_hour.values(), now - HOUR, now, api.last_hour),
        last_day=_last_day(hours, now, api),
        drift=drift,
        live=live,
        retraining=watch.table.retraining(),
        last_prediction_at=max(made, default=None),
    )


def _scores(reference: DriftReference | None, hour: ModelCounts | None) -> list[float]:
    if reference is None or hour is None:
        return []
    return score_percentiles(reference.scores, hour.scores)


def _last_day(hours: list[HourCounts], now: datetime, api: ApiHealth) -> Traffic:
    since = hour_of(now) - 23 * HOUR
    parts = [m for hour in hours if hour.hour >= since for m in hour.models.values()]
    return traffic_of(parts, since, now, api.last_day)


def _live(table: MonitoringTable, rules: Rules, record: ModelRecord, now: datetime) -> LiveQuality:
    days = mature_days(now, rules.maturity)
    since, until = days.moments
    counts = labels_of_days(table.arrivals(since), record.name, *days)
    predictions = table.predictions_of(record.name, since, until)
    return live_quality(counts, predictions, days, rules.maturity, record.metrics)


def _idle(concluded: HealthNow, champion: Champion, now: datetime) -> timedelta:
    last = concluded.last_prediction_at
    return now - (max(last, champion.released_at) if last else champion.released_at)
