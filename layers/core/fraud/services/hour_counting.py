"""Counting the prediction log and its labels by the hour, so that nothing is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import batched
from typing import Protocol

from fraud.adapters.monitoring_table import MonitoringTable
from fraud.domain.hour_counts import HourCounts, ModelCounts, ReferenceOf, Tally
from fraud.domain.hours import HOUR, hours_due, hours_ended
from fraud.domain.label_counts import ArrivedLabels
from fraud.domain.labels import Label
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.shadow_counts import ShadowTally

LOOK_BACK = timedelta(days=7)
"""How far back a monitor that was switched on late counts predictions: the longest window."""
MAX_HOURS = 48
"""Hours of predictions that one run counts at most."""
MAX_ARRIVALS = 240
"""Hours of arrival that one run counts at most: they are 8 short reads each."""
THREADS = 4
"""Readers of earlier labels at the same time; more only wait for each other."""
AT_ONCE = 500
"""Predictions whose labels are read between two looks at the clock."""

STOP_BEFORE_S = 120
"""What a run keeps for concluding, in seconds: the rest is counted by the next one."""


class PredictionSource(Protocol):
    """Where predictions are read from."""

    def between(self, since: datetime, until: datetime) -> Iterator[PredictionEntry]:
        """Predictions made from `since` to before `until`, those of a request together."""


class LabelSource(Protocol):
    """Where labels are read from."""

    def labels_arrived(self, since: datetime, until: datetime) -> Iterator[Label]:
        """Labels that arrived from `since` to before `until`."""

    def of(self, prediction_id: PredictionId) -> list[Label]:
        """All labels of one prediction."""


def count_predictions(
    log: PredictionSource,
    table: MonitoringTable,
    reference_of: ReferenceOf,
    now: datetime,
    remaining_s: Callable[[], float],
) -> tuple[int, dict[str, ModelCounts]]:
    """Count the hours that are due, newest first, as far as time allows.

    Each is counted whole from the log and replaces what was counted before: running twice, late, or
    after missed hours comes to the same.

    Returns
    -------
    tuple
        How many hours were counted, and the predictions of the last 60 minutes by model.
    """
    recent = Tally(reference_of)
    recent_since = now - HOUR
    due = hours_due(now, table.hours_counted(now - LOOK_BACK), LOOK_BACK, MAX_HOURS)
    counted = 0
    for hour in due:
        if counted and remaining_s() < STOP_BEFORE_S:
            break
        tally, shadows = Tally(reference_of), ShadowTally()
        for entry in log.between(hour, min(hour + HOUR, now)):
            tally.add(entry)
            shadows.add(entry)
            if entry.at >= recent_since:
                recent.add(entry)
        # Before the hour itself, with which it is counted.
        table.save_shadows(hour, now, shadows.pairs)
        table.save_hour(HourCounts(hour=hour, counted_at=now, models=tally.models))
        counted += 1
    return counted, recent.models


def count_labels(
    labels: LabelSource,
    table: MonitoringTable,
    look_back: timedelta,
    now: datetime,
    remaining_s: Callable[[], float],
) -> int:
    """Count what the labels of each hour of arrival changed, once the hour is settled.

    An hour is kept when all of it was counted. Reading the earlier labels takes about 7 ms for each
    new one: one run is enough for an hour of 2 million labels a day.

    Returns
    -------
    int
        How many hours were counted.
    """
    due = hours_ended(now, table.arrivals_counted(now - look_back), look_back, MAX_ARRIVALS)
    counted = 0
    with ThreadPoolExecutor(THREADS) as pool:
        for hour in due:
            changes, shadows = ArrivedLabels(hour=hour, counted_at=now), ShadowTally()
            arrived = {label.prediction_id for label in labels.labels_arrived(hour, hour + HOUR)}
            for some in batched(arrived, AT_ONCE, strict=False):
                if remaining_s() < STOP_BEFORE_S:
                    return counted
                for known in pool.map(labels.of, some):
                    changes.count_prediction(known)
                    shadows.add_labels(known, hour)
            table.save_shadow_labels(hour, now, shadows.pairs)
            table.save_arrivals(changes)
            counted += 1
            if remaining_s() < STOP_BEFORE_S:
                break
    return counted
