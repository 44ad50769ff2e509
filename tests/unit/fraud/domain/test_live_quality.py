"""Live precision, recall and F1, and which predictions count for them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fraud.domain.intervals import wilson_interval
from fraud.domain.label_counts import ArrivedLabels, LabelCounts, labels_of_days
from fraud.domain.labels import Label, Predicted
from fraud.domain.live_quality import live_quality, mature_days
from fraud.domain.model_cards import Metrics
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.ulids import new_ulid

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
DAY = timedelta(days=1)
HELD_OUT = Metrics(
    accuracy=0.99, recall=0.7, precision=0.8, f1=0.747, auc=0.97, auprc=0.7, log_loss=0.02,
    brier=0.004, prevalence=0.01, time=1.0,
)  # fmt: skip
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)


def label(prediction_id, arrived, *, is_fraud, predicted_fraud=True, labelled_at=None, model="m"):
    return Label(
        prediction_id=prediction_id,
        id=new_ulid(arrived),
        is_fraud=is_fraud,
        labelled_at=labelled_at or arrived,
        client="shop",
        predicted=Predicted(MADE, model, 0.9, "block", predicted_fraud),
    )


def hour(at):
    return at.replace(minute=0)


def counted(labels, at):
    changes = ArrivedLabels(hour=hour(at), counted_at=at)
    changes.count_prediction(labels)
    return changes


def test_only_days_that_are_wholly_mature_count():
    assert mature_days(NOW, 7 * DAY) == (date(2026, 10, 24), date(2026, 11, 23))
    # Of the 23rd a prediction at 10:00 is not 7 days old yet, so the whole day waits.
    assert mature_days(NOW, 0 * DAY).end == NOW.date()


def test_quality_is_over_labelled_predictions_with_their_intervals():
    counts = LabelCounts(
        true_positives=60, false_positives=20, false_negatives=40, true_negatives=880
    )
    found = live_quality(counts, 5000, mature_days(NOW, 7 * DAY), 7 * DAY, HELD_OUT)
    assert (found.precision, found.recall) == (0.75, 0.6)
    assert found.f1 == pytest.approx(2 / 3, abs=1e-4)
    assert found.intervals.precision == pytest.approx(wilson_interval(60, 80), abs=1e-4)
    assert found.intervals.recall == pytest.approx(wilson_interval(60, 100), abs=1e-4)
    assert (found.labels, found.frauds, found.alerts, found.judged) == (1000, 100, 80, 120)
    assert (found.predictions, found.maturity_days) == (5000, 7)
    assert found.held_out.f1 == 0.747


def test_without_labels_nothing_is_claimed():
    found = live_quality(LabelCounts(), 10, mature_days(NOW, DAY), DAY, HELD_OUT)
    assert (found.precision, found.recall, found.f1, found.intervals.f1) == (None,) * 4


def test_labels_count_for_the_day_of_their_prediction_and_their_model():
    arrived = MADE + 3 * DAY
    changes = counted([label(PredictionId.new(MADE), arrived, is_fraud=True)], arrived)
    inside = labels_of_days([changes], "m", date(2026, 11, 20), date(2026, 11, 21))
    assert inside == LabelCounts(true_positives=1)
    assert labels_of_days([changes], "m", date(2026, 11, 21), date(2026, 11, 30)).labels == 0
    assert labels_of_days([changes], "other", date(2026, 11, 20), date(2026, 11, 21)).labels == 0


def test_a_label_that_replaces_another_takes_back_what_that_one_said():
    prediction_id = PredictionId.new(MADE)
    first, second = MADE + 3 * DAY, MADE + 5 * DAY
    known = [
        label(prediction_id, first, is_fraud=True),
        label(prediction_id, second, is_fraud=False),
    ]
    hours = [counted(known, first), counted(known, second)]
    span = (date(2026, 11, 1), date(2026, 11, 30))
    assert labels_of_days(hours[:1], "m", *span) == LabelCounts(true_positives=1)
    assert labels_of_days(hours, "m", *span) == LabelCounts(false_positives=1)


def test_a_label_that_does_not_count_changes_nothing():
    prediction_id = PredictionId.new(MADE)
    first, late = MADE + 3 * DAY, MADE + 5 * DAY
    known = [
        label(prediction_id, first, is_fraud=True),
        label(prediction_id, late, is_fraud=False, labelled_at=MADE + DAY),
    ]
    hours = [counted(known, first), counted(known, late)]
    total = labels_of_days(hours, "m", date(2026, 11, 1), date(2026, 11, 30))
    assert total == LabelCounts(true_positives=1)
