"""Each policy's threshold does what the policy says."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from fraud.domain.errors import InvalidValue
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.score_table import ScoreTable, probability_of
from fraud_training.learn.thresholds import PolicyChoice, choose_policy


@pytest.fixture
def table(scored):
    return ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)


def test_best_f1_is_within_a_bin_of_the_best_possible(scored, table):
    p = probability_of(scored.log_odds)
    best = max(f1_score(scored.fraud, p >= t) for t in np.quantile(p, np.linspace(0.95, 0.99, 41)))
    policy = choose_policy(table, PolicyChoice())
    assert f1_score(scored.fraud, p >= policy.threshold) >= best - 0.002


def test_blocking_starts_at_the_threshold_and_review_below_it(table):
    policy = choose_policy(table, PolicyChoice())
    assert policy.review < policy.threshold == policy.block


def test_target_precision_is_reached_with_the_most_recall(table):
    policy = choose_policy(table, PolicyChoice("target_precision", target=0.9))
    assert 0.9 <= metrics_of(table, policy.threshold)["precision"] < 0.92
    assert policy.target == 0.9


def test_an_unreachable_precision_gives_the_highest_there_is(scored):
    mixed = ScoreTable.of(np.zeros(10), np.arange(10) < 3)
    policy = choose_policy(mixed, PolicyChoice("target_precision", target=0.9))
    assert metrics_of(mixed, policy.threshold)["precision"] == pytest.approx(0.3)


def test_target_alert_rate_is_not_exceeded(table):
    policy = choose_policy(table, PolicyChoice("target_alert_rate", target=0.01))
    assert 0.0095 < metrics_of(table, policy.threshold)["alert_rate"] <= 0.01


@pytest.mark.parametrize("target", [None, 0.0, 1.0, 95.0])
def test_a_policy_without_a_sensible_target_is_refused(target):
    with pytest.raises(InvalidValue, match="between 0 and 1"):
        PolicyChoice("target_alert_rate", target=target)


def test_lowest_cost_is_where_no_other_threshold_is_cheaper(scored, table):
    def cost(threshold: float) -> float:
        alert = probability_of(scored.log_odds) >= threshold
        missed = scored.amount[scored.fraud & ~alert].sum()
        return float(missed + 50 * (alert & ~scored.fraud).sum())

    policy = choose_policy(table, PolicyChoice("lowest_cost", false_alarm_cost=50))
    others = probability_of(np.linspace(-10, 5, 300))
    assert cost(policy.threshold) <= min(cost(t) for t in others) * 1.01


def test_dearer_false_alarms_raise_the_threshold(table):
    cheap, dear = (
        choose_policy(table, PolicyChoice("lowest_cost", None, 5_000, cost)).threshold
        for cost in (10, 1_000)
    )
    assert dear > cheap


def test_with_a_gap_between_the_classes_the_threshold_is_in_its_middle():
    table = ScoreTable.of(np.array([-6.0, -6.0, 4.0]), np.array([False, False, True]))
    threshold = choose_policy(table, PolicyChoice()).threshold
    assert np.log(threshold / (1 - threshold)) == pytest.approx(-1, abs=0.05)
