"""Logged predictions are scored again from what was sent, or left out with what they lack."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter

import pytest

from fraud.domain.features import TRANSACTION
from fraud.domain.log_listing import LogRow
from fraud.domain.predictions import BatchRequest
from fraud.domain.replays import ReplayCounts
from fraud_serving.predicting import Asked, predict_batch
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.replaying import count_again

BASIC = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
RAW = {
    "step": 97,
    "type": "CASH_OUT",
    "amount": 100.0,
    "oldbalanceOrg": 50.0,
    "oldbalanceDest": 10.0,
    "newbalanceDest": 110.0,
    "nameOrig": "C1",
}


@pytest.fixture
def rows(kit) -> list[LogRow]:
    """What the model `first`, of the basic inputs, answered to both forms."""
    model = kit.stored(kit.linear([0.01, 0.5, 0.1, -0.02], -3.0)).served()
    sink = kit.Sink()
    request = BatchRequest.model_validate({"transactions": [BASIC, RAW, BASIC, RAW]})
    asked = Asked("shop", "r", datetime.now(UTC), perf_counter())
    predict_batch(request, asked, model, PredictionLog(sink, sink))
    return [LogRow(entry, None) for entry in sink.entries]


def test_the_same_model_says_the_same_again(kit, rows) -> None:
    counts = ReplayCounts()
    count_again(kit.stored(kit.linear([0.01, 0.5, 0.1, -0.02], -3.0)).served(), rows, counts)
    assert (counts.pair.rows, counts.pair.left_out, counts.pair.shift) == (4, 0, 0.0)
    assert sum(counts.pair.outcomes[i][i] for i in range(3)) == 4


def test_another_model_is_asked_under_its_own_policy(kit, rows) -> None:
    policy = kit.policy.model_copy(update={"threshold": 0.0, "review": 0.0, "block": 0.0})
    other = kit.stored(kit.linear([0.01, 0.5, 0.1, -0.02], -5.0), name="second", policy=policy)
    counts = ReplayCounts()
    count_again(other.served(), rows, counts)
    assert counts.pair.shift == pytest.approx(-8.0, abs=1e-5)
    assert sum(row[2] for row in counts.pair.outcomes) == 4
    assert sum(row[True] for row in counts.pair.frauds) == 4


def test_a_model_of_other_inputs_scores_those_that_have_them(kit, rows) -> None:
    d = len(TRANSACTION.names)
    other = kit.stored(kit.linear([0.1] * d), feature_set=TRANSACTION, name="second").served()
    counts = ReplayCounts()
    count_again(other, rows, counts)
    assert (counts.pair.rows, counts.pair.left_out) == (2, 2)
    (why,) = counts.left_out_because
    assert "step is missing" in why
    assert "oldbalanceOrg is missing" in why


def test_nothing_that_can_be_scored_is_no_error(kit, rows) -> None:
    d = len(TRANSACTION.names)
    other = kit.stored(kit.linear([0.1] * d), feature_set=TRANSACTION, name="second").served()
    counts = ReplayCounts()
    count_again(other, rows[:1], counts)
    assert (counts.pair.rows, counts.pair.left_out, counts.answered_by) == (0, 1, {"first": 1})
