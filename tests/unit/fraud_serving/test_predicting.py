"""A prediction is scored, decided, explained and logged, in this order, or refused."""

from __future__ import annotations

import math

import pytest
from pydantic import TypeAdapter

from fraud.domain.errors import InvalidValue, Unavailable
from fraud.domain.features import TRANSACTION
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.predictions import BatchAnswer, BatchRequest, PredictionAnswer
from fraud.domain.transactions import BasicTransaction
from fraud_serving.predicting import Asked, predict, predict_batch
from fraud_serving.prediction_writing import PredictionLog

BASIC_FIELDS = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
RAW_FIELDS = {
    "step": 97,
    "type": "CASH_OUT",
    "amount": 100.0,
    "oldbalanceDest": 10.0,
    "newbalanceDest": 110.0,
}
WEIGHTS = [0.01, 0.5, 0.1, -0.02]
BASELINE = [15.0, 2.0, 8.0, 100.0]


@pytest.fixture
def model(kit):
    return kit.stored(kit.linear(WEIGHTS, -3.0), baseline=BASELINE).served()


@pytest.fixture
def sink(kit):
    return kit.Sink()


@pytest.fixture
def log(sink) -> PredictionLog:
    return PredictionLog(sink)


@pytest.fixture
def asked() -> Asked:
    return Asked.now("shop", "request-1")


def batch(*rows, **options) -> BatchRequest:
    return BatchRequest.model_validate({"transactions": list(rows), **options})


def expected_log_odds(row: list[float]) -> float:
    return sum(w * x for w, x in zip(WEIGHTS, row, strict=True)) - 3.0


def test_the_answer_follows_from_the_models_score(model, log, asked) -> None:
    answer = predict(BasicTransaction(**BASIC_FIELDS), asked, model, log)
    probability = 1 / (1 + math.exp(-expected_log_odds([5, 4, 12, 3])))
    assert answer["probability"] == pytest.approx(probability, abs=1e-6)
    assert answer["predictions"] == [int(answer["is_fraud"])]
    assert answer["is_fraud"] == (answer["probability"] >= answer["threshold"])
    assert answer["outcome"] == "review"
    assert answer["risk_score"] == math.floor(1000 * probability)
    assert answer["model"] == {"name": "first", "version": 1}
    TypeAdapter(PredictionAnswer).validate_python(answer, strict=True)


def test_reasons_name_every_feature_and_add_up(model, log, asked) -> None:
    reasons = predict(BasicTransaction(**BASIC_FIELDS), asked, model, log)["reasons"]
    by_feature = {reason["feature"]: reason for reason in reasons}
    assert set(by_feature) == set(BASIC_FIELDS)
    assert by_feature["type"]["value"] == "TRANSFER"
    assert by_feature["amount_dest"]["contribution"] == pytest.approx(-0.02 * (3 - 100), abs=1e-5)
    difference = expected_log_odds([5, 4, 12, 3]) - expected_log_odds(BASELINE)
    assert sum(r["contribution"] for r in reasons) == pytest.approx(difference, abs=1e-5)
    sizes = [abs(reason["contribution"]) for reason in reasons]
    assert sizes == sorted(sizes, reverse=True)


def test_the_log_holds_what_was_asked_and_answered(model, log, sink, asked) -> None:
    answer = predict(BasicTransaction(**BASIC_FIELDS), asked, model, log)
    (entry,) = sink.entries
    assert str(entry.id) == answer["prediction_id"]
    assert entry.inputs == BASIC_FIELDS
    assert entry.features == BASIC_FIELDS
    assert (entry.client, entry.request_id) == ("shop", "request-1")
    assert (entry.model_name, entry.model_version) == ("first", 1)
    for name in ("probability", "risk_score", "outcome", "threshold", "is_fraud", "reasons"):
        assert getattr(entry, name) == answer[name]
    assert entry.log_odds == pytest.approx(expected_log_odds([5, 4, 12, 3]), abs=1e-5)
    assert entry.latency_ms > 0
    assert entry.at == asked.at


def test_nothing_is_answered_that_is_not_logged(model, kit, asked) -> None:
    refusing = PredictionLog(kit.Sink(Unavailable("throttled")))
    with pytest.raises(Unavailable, match="not be logged"):
        predict(BasicTransaction(**BASIC_FIELDS), asked, model, refusing)
    with pytest.raises(Unavailable, match="not be logged"):
        predict_batch(batch(BASIC_FIELDS), asked, model, refusing)


def test_the_buffer_takes_over_when_the_table_refuses(model, kit, sink, asked) -> None:
    buffered = PredictionLog(kit.Sink(Unavailable("throttled")), buffer=sink)
    answer = predict(BasicTransaction(**BASIC_FIELDS), asked, model, buffered)
    assert [str(entry.id) for entry in sink.entries] == [answer["prediction_id"]]


def test_a_buffer_that_refuses_too_means_no_answer(model, kit, asked) -> None:
    down = PredictionLog(kit.Sink(Unavailable("throttled")), kit.Sink(Unavailable("down")))
    with pytest.raises(Unavailable, match="not be logged"):
        predict(BasicTransaction(**BASIC_FIELDS), asked, model, down)


def test_the_buffer_is_left_alone_while_the_table_takes_entries(model, kit, sink, asked) -> None:
    buffer = kit.Sink()
    predict(BasicTransaction(**BASIC_FIELDS), asked, model, PredictionLog(sink, buffer))
    assert (len(sink.entries), len(buffer.entries)) == (1, 0)


def test_a_transaction_the_model_cannot_take_is_told_what_it_needs(kit, log, sink, asked) -> None:
    model = kit.stored(kit.linear([0] * 6), TRANSACTION).served()
    with pytest.raises(InvalidValue, match="step, oldbalanceOrg, oldbalanceDest, amount") as raised:
        predict(BasicTransaction(**BASIC_FIELDS), asked, model, log)
    needed = ["step", "oldbalanceOrg", "oldbalanceDest", "amount"]
    assert [f.field for f in raised.value.fields] == needed
    assert sink.entries == []


def test_a_batch_answers_each_as_if_asked_alone(model, log, sink, asked) -> None:
    rows = [BASIC_FIELDS, RAW_FIELDS, BASIC_FIELDS | {"amount_log": 30.0, "amount_dest": 0.0}]
    answer = predict_batch(batch(*rows), asked, model, log)
    alone = [predict_batch(batch(row), asked, model, log)["results"][0] for row in rows]
    for together, single in zip(answer["results"], alone, strict=True):
        assert together | {"prediction_id": ""} == single | {"prediction_id": ""}
    assert answer["predictions"] == [int(r["is_fraud"]) for r in answer["results"]]
    TypeAdapter(BatchAnswer).validate_python(answer, strict=True)


def test_a_batchs_members_are_logged_under_their_own_ids(model, log, sink, asked) -> None:
    rows = [BASIC_FIELDS | {"amount_dest": float(i)} for i in range(600)]
    answer = predict_batch(batch(*rows), asked, model, log)
    ids = [result["prediction_id"] for result in answer["results"]]
    assert ids == [f"{answer['prediction_id']}-{i}" for i in range(600)]
    assert [str(entry.id) for entry in sink.entries] == ids
    assert [entry.inputs["amount_dest"] for entry in sink.entries] == list(range(600))
    assert all(PredictionId.parse(text).at <= asked.at for text in ids)


def test_batch_reasons_come_only_when_asked_for(model, log, sink, asked) -> None:
    plain = predict_batch(batch(BASIC_FIELDS), asked, model, log)
    assert "reasons" not in plain["results"][0]
    explained = predict_batch(batch(BASIC_FIELDS, RAW_FIELDS, reasons=True), asked, model, log)
    alone = predict(BasicTransaction(**BASIC_FIELDS), asked, model, log)["reasons"]
    contributions = {r["feature"]: r["contribution"] for r in explained["results"][0]["reasons"]}
    for reason in alone:
        assert contributions[reason["feature"]] == pytest.approx(reason["contribution"], abs=1e-5)
    assert [bool(entry.reasons) for entry in sink.entries] == [False, True, True, True]
    TypeAdapter(BatchAnswer).validate_python(explained, strict=True)


def test_a_bad_row_fails_the_batch_with_its_index_and_field(model, log, sink, asked) -> None:
    lacking = {k: v for k, v in RAW_FIELDS.items() if k != "newbalanceDest"}
    rows = [BASIC_FIELDS, BASIC_FIELDS, RAW_FIELDS, lacking]
    with pytest.raises(InvalidValue) as raised:
        predict_batch(batch(*rows), asked, model, log)
    assert [f.field for f in raised.value.fields] == ["transactions.3.newbalanceDest"]
    assert sink.entries == []


def test_skipped_rows_have_an_error_in_their_place(model, log, sink, asked) -> None:
    lacking = {k: v for k, v in RAW_FIELDS.items() if k != "newbalanceDest"}
    rows = [BASIC_FIELDS | {"amount_log": -1}, BASIC_FIELDS, lacking, RAW_FIELDS, {}]
    answer = predict_batch(batch(*rows, on_error="skip"), asked, model, log)
    assert [p is None for p in answer["predictions"]] == [True, False, True, False, True]
    errors = [result["error"] for result in answer["results"] if "error" in result]
    assert [error["field"] for error in errors] == ["amount_log", "newbalanceDest", "step"]
    assert {error["code"] for error in errors} == {"invalid_value"}
    assert [entry.id.index for entry in sink.entries] == [1, 3]
    TypeAdapter(BatchAnswer).validate_python(answer, strict=True)


@pytest.mark.parametrize("rows", [[{}, 3], [{}, RAW_FIELDS | {"newbalanceDest": None}]])
def test_a_batch_of_bad_rows_is_answered_without_a_log_entry(model, log, sink, asked, rows) -> None:
    answer = predict_batch(batch(*rows, on_error="skip"), asked, model, log)
    assert answer["predictions"] == [None, None]
    assert sink.entries == []
    TypeAdapter(BatchAnswer).validate_python(answer, strict=True)


def test_the_registrys_policy_decides_not_the_cards(kit, log, asked) -> None:
    stored = kit.stored(kit.linear([0, 0, 0, 0]))
    stored.record.policy = kit.policy.model_copy(update={"threshold": 0.4, "block": 0.45})
    answer = predict(BasicTransaction(**BASIC_FIELDS), asked, stored.served(), log)
    assert (answer["threshold"], answer["is_fraud"], answer["outcome"]) == (0.4, True, "block")
