"""Tables and curves of the card, and what they call out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import auc

from fraud.domain.features import BASIC
from fraud_training.learn.curves import MAX_POINTS, calibration_table, curves, ladder
from fraud_training.learn.drift_reference import score_distribution
from fraud_training.learn.importance import permutation_importance
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.score_table import ScoreTable, probability_of
from fraud_training.learn.split_gap import split_findings
from fraud_training.learn.training_rows import TrainingRows


@pytest.fixture
def table(scored):
    return ScoreTable.of(scored.log_odds, scored.fraud, scored.amount)


def test_the_ladder_has_the_threshold_in_force_with_its_metrics(table):
    metrics = metrics_of(table, 0.3679)
    rung = next(r for r in ladder(table, 0.3679) if r["threshold"] == 0.3679)
    for name in ("precision", "recall", "f1", "alert_rate", "value_caught"):
        assert rung[name] == pytest.approx(metrics[name]), name


def test_on_the_ladder_recall_falls_and_false_positives_too(table):
    rungs = ladder(table, 0.5)
    for name in ("recall", "false_positive_rate", "alert_rate"):
        assert (np.diff([r[name] for r in rungs]) <= 0).all()


def test_curves_are_thin_and_enclose_the_area_they_should(table):
    found = curves(table)
    assert all(len(found[n]) <= MAX_POINTS for n in ("precision_recall", "roc", "error_rates"))
    false_positive_rate, recall = np.array(found["roc"]).T
    assert auc(false_positive_rate, recall) == pytest.approx(
        metrics_of(table, 0.5)["auc"], abs=2e-3
    )
    recall, precision = np.array(found["precision_recall"]).T
    area = np.sum(np.diff(recall, prepend=0) * precision)
    assert area == pytest.approx(metrics_of(table, 0.5)["auprc"], abs=0.01)


def test_the_calibration_table_counts_every_row_once(table):
    entries = calibration_table(table)
    assert sum(e["rows"] for e in entries) == table.rows
    assert sum(e["frauds"] for e in entries) == table.frauds
    assert all(e["from"] <= e["predicted"] <= e["to"] for e in entries)


def test_score_histograms_count_every_row_once(table):
    scores = curves(table)["scores"]
    assert sum(scores["legit"]) + sum(scores["fraud"]) == table.rows


def test_score_shares_for_drift_add_up_to_one(table):
    found = score_distribution(table)
    assert sum(found["shares"]) == pytest.approx(1)
    assert max(found["shares"]) < 0.06


def test_rows_of_one_score_stay_on_their_side_of_an_edge_wherever_the_score_lies_in_its_bin():
    steps = np.repeat([-9.0, -6.0, -3.0, 0.0], [4_000, 3_000, 2_000, 1_000])
    for offset in (-4e-4, 0.0, 4e-4):  # a bin is 64 / 65,536 = 9.8e-4 wide
        table = ScoreTable.of(steps, np.arange(10_000) % 50 == 0)
        found = score_distribution(table)
        edges = np.array(found["edges"])
        live = np.bincount(np.searchsorted(edges, probability_of(steps + offset)), minlength=4)
        assert found["shares"] == pytest.approx(live / 10_000)
        assert live.tolist() == [4_000, 3_000, 2_000, 1_000]


class FirstInputScorer:
    def log_odds(self, X):
        return X[:, 0].astype(np.float32)


def test_the_only_input_that_a_model_uses_is_the_only_important_one():
    rng = np.random.default_rng(0)
    y_true = rng.random(5_000) < 0.1
    X = rng.normal(0, 1, (5_000, 4)).astype(np.float32)
    X[:, 0] += 4 * y_true
    rows = TrainingRows(X, y_true, np.ones(5_000), np.arange(5_000, dtype=np.uint64), BASIC, 0.5)
    first, *others = permutation_importance(FirstInputScorer(), rows, 1)
    assert first["feature"] == BASIC.names[0]
    assert first["auprc_loss"] > 0.5
    assert all(entry["auprc_loss"] == 0 for entry in others)


def splits(at_random: float, later: float, half_width: float = 0.5) -> dict:
    return {
        "not_split": {},
        "splits": {
            name: {
                "metrics": {"auprc": auprc},
                "intervals": {"auprc": (auprc - half_width, auprc + half_width)},
            }
            for name, auprc in (("random", at_random), ("time", later))
        },
    }


@pytest.mark.parametrize(
    ("evaluation", "said"),
    [
        (splits(0.9, 0.75), True),
        (splits(0.9, 0.85), False),
        (splits(0.9, 0.85, half_width=0.01), True),
        (splits(0.999, 0.99, half_width=0.001), False),
        (splits(0.8, 0.95, half_width=0.01), False),
    ],
)
def test_a_large_gap_between_the_splits_is_called_out(evaluation, said):
    assert [f.code for f in split_findings(evaluation)] == (["split_gap"] if said else [])


def test_a_split_that_was_impossible_is_noted():
    (finding,) = split_findings({"splits": {"random": {}}, "not_split": {"time": "no frauds"}})
    assert (finding.code, finding.message) == ("time_split_impossible", "No frauds.")
