"""The challenger's scores go into the log; the answer is the same with and without them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Event
from types import SimpleNamespace

import pytest

from fraud.domain.features import TRANSACTION
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.predictions import BatchRequest
from fraud.domain.shadows import is_shadowed
from fraud.domain.transactions import BasicTransaction
from fraud_serving.challenger import Trial
from fraud_serving.model_inputs import model_inputs
from fraud_serving.predicting import Asked, predict, predict_batch
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.shadowing import ChampionsRows, ShadowScoring

BASIC_FIELDS = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
RAW_FIELDS = {
    "step": 97,
    "type": "CASH_OUT",
    "amount": 100.0,
    "oldbalanceOrg": 50.0,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 10.0,
    "newbalanceDest": 110.0,
}
WEIGHTS = [0.01, 0.5, 0.1, -0.02]


class Held:
    """A challenger at hand."""

    def __init__(self, model=None, share: float = 1.0) -> None:
        self.trial = Trial(model, share) if model else None
        self.failures: list[Exception] = []

    def current(self) -> Trial | None:
        return self.trial

    def failed(self, error: Exception) -> None:
        self.failures.append(error)


@pytest.fixture
def model(kit):
    return kit.stored(kit.linear(WEIGHTS, -3.0)).served()


@pytest.fixture
def other(kit):
    policy = kit.policy.model_copy(update={"threshold": 0.05, "review": 0.02, "block": 0.9})
    stored = kit.stored(kit.linear(WEIGHTS, -5.0), name="second", policy=policy)
    stored.record.version = 7
    return stored.served()


@pytest.fixture
def sink(kit):
    return kit.Sink()


@pytest.fixture
def log(sink) -> PredictionLog:
    return PredictionLog(sink)


@pytest.fixture
def asked() -> Asked:
    return Asked.now("shop", "request-1")


def single() -> BasicTransaction:
    return BasicTransaction(**BASIC_FIELDS)


def batch(*rows, **options) -> BatchRequest:
    return BatchRequest.model_validate({"transactions": list(rows), **options})


def without_ids(answer) -> bytes:
    text = json.dumps(answer)
    return text.replace(answer["prediction_id"], "pr_").encode()


def test_the_challengers_score_is_logged_under_its_own_policy(model, other, log, sink, asked):
    answer = predict(single(), asked, model, log, ShadowScoring(Held(other)))
    (entry,) = sink.entries
    assert (entry.model_name, answer["model"]["name"]) == ("first", "first")
    shadow = entry.shadow
    assert (shadow.model_name, shadow.model_version, shadow.threshold) == ("second", 7, 0.05)
    assert shadow.score.log_odds == pytest.approx(entry.log_odds - 2, abs=1e-5)
    assert shadow.score.probability == pytest.approx(0.16, abs=0.1)
    assert (shadow.score.outcome, shadow.is_fraud) == ("review", True)
    assert shadow.shadow_ms > 0


@pytest.mark.parametrize("trouble", ["none", "well", "raises", "cannot derive"])
def test_the_answer_is_byte_identical_with_and_without_a_challenger(
    kit, model, other, log, asked, trouble
) -> None:
    held = {
        "none": Held(),
        "well": Held(other),
        "raises": Held(SimpleNamespace()),
        "cannot derive": Held(kit.stored(kit.linear([0] * 6), TRANSACTION).served()),
    }[trouble]
    shadow = ShadowScoring(held)
    rows = [BASIC_FIELDS, RAW_FIELDS, {}, BASIC_FIELDS]
    request = batch(*rows, on_error="skip", reasons=True)
    assert without_ids(predict(single(), asked, model, log, shadow)) == without_ids(
        predict(single(), asked, model, log)
    )
    assert without_ids(predict_batch(request, asked, model, log, shadow)) == without_ids(
        predict_batch(request, asked, model, log)
    )


def test_a_challenger_that_raises_leaves_the_prediction_logged_without_it(
    model, log, sink, asked
) -> None:
    held = Held(SimpleNamespace())
    predict(single(), asked, model, log, ShadowScoring(held))
    predict_batch(batch(BASIC_FIELDS), asked, model, log, ShadowScoring(held))
    assert [entry.shadow for entry in sink.entries] == [None, None]
    assert len(held.failures) == 2


def test_scores_that_are_not_finite_are_a_failure(kit, model, log, sink, asked) -> None:
    held = Held(kit.stored(kit.linear([0, 0, 0, 1e30]), name="second").served())
    huge = BasicTransaction(**BASIC_FIELDS | {"amount_dest": 1e10})
    predict(huge, asked, model, log, ShadowScoring(held))
    assert [entry.shadow for entry in sink.entries] == [None]
    assert "not finite" in str(held.failures[0])


def test_rows_whose_inputs_cannot_be_derived_are_left_out(kit, model, log, sink, asked) -> None:
    other = kit.stored(kit.linear([0.1] * 6), TRANSACTION, name="second").served()
    held = Held(other)
    request = batch(BASIC_FIELDS, RAW_FIELDS, BASIC_FIELDS, RAW_FIELDS)
    predict_batch(request, asked, model, log, ShadowScoring(held))
    assert [e.shadow.score is not None for e in sink.entries] == [False, True, False, True]
    assert sink.entries[1].shadow.score == sink.entries[3].shadow.score
    assert held.failures == []


def test_a_skipped_row_does_not_shift_the_others(model, other, log, sink, asked) -> None:
    rows = [{}, BASIC_FIELDS | {"amount_log": 1.0}, {}, RAW_FIELDS, BASIC_FIELDS]
    predict_batch(batch(*rows, on_error="skip"), asked, model, log, ShadowScoring(Held(other)))
    assert [entry.id.index for entry in sink.entries] == [1, 3, 4]
    for entry in sink.entries:
        assert entry.shadow.score.log_odds == pytest.approx(entry.log_odds - 2, abs=1e-5)


def test_only_its_share_of_requests_is_shadowed(model, other, log, sink) -> None:
    shadow = ShadowScoring(Held(other, share=0.25))
    for _ in range(200):
        predict(single(), Asked.now("shop", "r"), model, log, shadow)
    chosen = {entry.shadow is not None for entry in sink.entries}
    assert chosen == {True, False}
    for entry in sink.entries:
        assert (entry.shadow is not None) == is_shadowed(entry.id, 0.25)


def test_its_time_is_no_part_of_the_latency(model, other, log, sink, asked, monkeypatch) -> None:
    slow = ShadowScoring(Held(other))
    scores = type(other.scorer).score

    def sleeping(self, X):
        if self is other.scorer:
            Event().wait(0.05)
        return scores(self, X)

    monkeypatch.setattr(type(other.scorer), "score", sleeping)
    predict(single(), Asked.now("shop", "r"), model, log, slow)
    (entry,) = sink.entries
    assert entry.shadow.shadow_ms >= 50
    assert entry.latency_ms < 50


def test_its_time_is_bounded(model, other) -> None:
    transactions = [single()] * 1000
    inputs = model_inputs(transactions, model.feature_set)
    rows = ChampionsRows(transactions, inputs, model.feature_set)
    found = ShadowScoring(Held(other), budget_ms=1e-6).score(
        PredictionId.new(datetime.now(UTC)), rows
    )
    assert len(found.scores) == 1000
    assert sum(score is not None for score in found.scores) in {0, 250}
    whole = ShadowScoring(Held(other), budget_ms=60_000).score(
        PredictionId.new(datetime.now(UTC)), rows
    )
    assert None not in whole.scores
