"""What is counted of the predictions of an hour."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fraud.domain.drift_references import Bins, DriftReference
from fraud.domain.hour_counts import HourCounts, ModelCounts, Tally
from fraud.domain.latencies import latency_quantile
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry

AT = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
REFERENCE = DriftReference(
    scores=Bins(shares=(0.9, 0.1), rows=1000, edges=(0.0,)),
    features={"type": Bins(shares=(0.5, 0.5), rows=1000, categories=("DEBIT", "TRANSFER"))},
)


@pytest.fixture
def tally():
    return Tally({"m": REFERENCE, "old": None}.get)


def entry(**changes):
    made = PredictionEntry(
        id=PredictionId.new(AT),
        at=AT,
        client="shop",
        request_id="r",
        model_name="m",
        model_version=1,
        threshold=0.3,
        latency_ms=10.0,
        inputs={},
        features={"type": "DEBIT"},
        log_odds=-3.0,
        probability=0.047,
        risk_score=10,
        outcome="approve",
        reasons=None,
    )
    return replace(made, **changes)


def test_a_batch_is_one_request_of_many_predictions(tally):
    batch = PredictionId.new(AT)
    for i in range(4):
        tally.add(entry(id=batch.member(i), latency_ms=20.0))
    tally.add(entry())
    counts = tally.models["m"]
    assert (counts.requests, counts.predictions) == (2, 5)
    assert sum(counts.latency.values()) == 2
    assert latency_quantile(counts.latency, 1.0) == pytest.approx(20, rel=0.1)


def test_outcomes_frauds_scores_and_inputs_are_counted(tally):
    tally.add(entry())
    tally.add(
        entry(
            features={"type": "TRANSFER"},
            log_odds=2.0,
            probability=0.88,
            outcome="block",
            at=AT + timedelta(minutes=3),
        )
    )
    counts = tally.models["m"]
    assert (counts.frauds, dict(counts.outcomes)) == (1, {"approve": 1, "block": 1})
    assert (counts.scores, counts.features) == ([1, 1], {"type": [1, 1]})
    assert counts.last_at == AT + timedelta(minutes=3)


def test_models_are_counted_apart_and_one_without_a_reference_has_no_histograms(tally):
    tally.add(entry())
    tally.add(entry(model_name="old"))
    assert tally.models["m"].scores == [1, 0]
    assert (tally.models["old"].predictions, tally.models["old"].scores) == (1, [])


def test_hours_add_up_and_survive_being_stored(tally):
    for _ in range(3):
        tally.add(entry())
    hour = HourCounts(hour=AT, counted_at=AT, models=tally.models)
    kept = HourCounts.model_validate_json(hour.model_dump_json())
    assert kept == hour
    total = ModelCounts.sum_of([kept.models["m"], ModelCounts(), hour.models["m"]])
    assert (total.requests, total.predictions, total.scores) == (6, 6, [6, 0])
    assert total.features == {"type": [6, 0]}
    assert sum(total.latency.values()) == 6
    assert hour.models["m"].predictions == 3
