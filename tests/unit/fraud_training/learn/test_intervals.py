"""Intervals are as wide as the data warrant."""

from __future__ import annotations

import numpy as np
import pytest

from fraud_training.learn.intervals import bootstrap_intervals
from fraud_training.learn.metrics import RATES, metrics_of
from fraud_training.learn.score_table import ScoreTable

THRESHOLD = 0.5


def test_every_metric_lies_within_its_interval(scored):
    table = ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)
    metrics = metrics_of(table, THRESHOLD)
    intervals = bootstrap_intervals(table, THRESHOLD, 200, 1)
    assert set(intervals) == set(RATES)
    for name, (low, high) in intervals.items():
        assert low <= metrics[name] <= high, name


def test_the_interval_of_recall_is_the_binomial_one(scored):
    table = ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)
    recall = metrics_of(table, THRESHOLD)["recall"]
    error = np.sqrt(recall * (1 - recall) / scored.fraud.sum())
    low, high = bootstrap_intervals(table, THRESHOLD, 500, 1)["recall"]
    assert high - low == pytest.approx(2 * 1.96 * error, rel=0.15)


def test_four_times_the_rows_halve_an_interval(scored):
    table = ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)
    more = table + table + table + table
    width = [
        np.subtract(*bootstrap_intervals(t, THRESHOLD, 300, 1)["auprc"][::-1])
        for t in (table, more)
    ]
    assert width[0] / width[1] == pytest.approx(2, rel=0.2)


def test_the_same_seed_gives_the_same_intervals(scored):
    table = ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)
    one, two = (bootstrap_intervals(table, THRESHOLD, 20, 5) for _ in range(2))
    assert one == two
