"""Metrics from binned scores are those of the scores themselves."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from fraud_training.learn.metrics import confusion, metrics_of
from fraud_training.learn.score_table import (
    COARSE_BINS,
    ScoreTable,
    lower_edge,
    probability_of,
)


@pytest.fixture
def table(scored):
    return ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)


@pytest.fixture
def threshold():
    return float(probability_of(np.array([lower_edge(2010, COARSE_BINS)]))[0])


def test_metrics_agree_with_scikit_learn(scored, table, threshold):
    p = probability_of(scored.log_odds)
    predicted = p >= threshold
    expected = {
        "auprc": reference.average_precision_score(scored.fraud, p),
        "auc": reference.roc_auc_score(scored.fraud, p),
        "f1": reference.f1_score(scored.fraud, predicted),
        "precision": reference.precision_score(scored.fraud, predicted),
        "recall": reference.recall_score(scored.fraud, predicted),
        "accuracy": reference.accuracy_score(scored.fraud, predicted),
        "log_loss": reference.log_loss(scored.fraud, p),
        "brier": reference.brier_score_loss(scored.fraud, p),
        "value_caught": scored.amount[scored.fraud & predicted].sum()
        / scored.amount[scored.fraud].sum(),
        "alert_rate": predicted.mean(),
        "prevalence": scored.fraud.mean(),
    }
    assert metrics_of(table, threshold) == pytest.approx(expected, abs=1e-4)


def test_confusion_counts_rows_exactly_at_the_threshold(scored, table, threshold):
    tn, fp, fn, tp = reference.confusion_matrix(
        scored.fraud, probability_of(scored.log_odds) >= threshold
    ).ravel()
    assert confusion(table, threshold) == {
        "true_positives": tp,
        "false_positives": fp,
        "false_negatives": fn,
        "true_negatives": tn,
    }


def test_tables_of_parts_add_up_to_the_table_of_the_whole(scored, table):
    parts = np.array_split(np.arange(len(scored.fraud)), 7)
    summed = ScoreTable.empty()
    for part in parts:
        summed += ScoreTable.of(scored.log_odds[part], scored.fraud[part], scored.amount[part])
    np.testing.assert_array_equal(summed.legit, table.legit)
    np.testing.assert_array_equal(summed.fraud, table.fraud)
    np.testing.assert_allclose(summed.fraud_amount, table.fraud_amount, rtol=1e-12)


def test_scores_beyond_the_limits_are_kept_in_the_outermost_bins():
    table = ScoreTable.of(np.array([-1e9, 1e9]), np.array([False, True]))
    assert (table.legit[0], table.fraud[-1]) == (1, 1)


def test_a_model_without_alerts_has_precision_zero(table):
    assert metrics_of(table, 1.0)["precision"] == 0
