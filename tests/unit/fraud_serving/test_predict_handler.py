"""The predict function's handler, from API Gateway's event to its answer."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from fraud.domain.errors import Unavailable
from fraud_serving import wiring
from fraud_serving.challenger import ChallengerCache
from fraud_serving.champion import ChampionCache
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.shadowing import ShadowScoring

PREDICT = "/api/v1/model/predict"
BATCH = "/api/v1/model/predict/batch"
LAMBDA_TAKES = 6_291_556
"""Bytes of a function's answer, its body a string in it."""
BASIC = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}
RAW = {
    "step": 97,
    "type": "CASH_OUT",
    "amount": 100.0,
    "oldbalanceDest": 10.0,
    "newbalanceDest": 110.0,
}


@dataclass
class Function:
    """The handler over a store and a log in memory."""

    module: ModuleType
    store: Any
    sink: Any

    def post(self, path: str, body: Any, client: str | None = "shop") -> tuple[int, Any, dict]:
        answer = self.answer(path, body, client)
        headers = {k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
        return answer["statusCode"], json.loads(answer["body"]), headers | answer.get("headers", {})

    def answer(self, path: str, body: Any, client: str | None = "shop") -> dict[str, Any]:
        """What Lambda gets, as the function returns it."""
        text = body if isinstance(body, str) else json.dumps(body)
        event = {
            "resource": path,
            "path": path,
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "requestContext": {
                "requestId": "request-1",
                "path": path,
                "authorizer": {"client": client, "scopes": "predict"} if client else None,
            },
            "body": text,
            "isBase64Encoded": False,
        }
        answered: dict[str, Any] = self.module.handler(event, None)
        return answered


@pytest.fixture
def function(kit, store, project_dir, monkeypatch) -> Function:
    store.release(kit.stored(kit.linear([0.01, 0.5, 0.1, -0.02], -3.0)))
    sink = kit.Sink()
    challenger = ChallengerCache(store, store, lambda *_: None)
    cache = ChampionCache(store, store, lambda *_: None, follower=challenger)
    log, shadow = PredictionLog(sink), ShadowScoring(challenger)
    monkeypatch.setattr(wiring, "champion", lambda: cache)
    monkeypatch.setattr(wiring, "log", lambda: log)
    monkeypatch.setattr(wiring, "shadow", lambda: shadow)
    path = project_dir / "functions/predict/app.py"
    spec = importlib.util.spec_from_file_location("predict_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Function(module, store, sink)


@pytest.mark.parametrize("transaction", [BASIC, RAW])
def test_a_transaction_is_answered_with_every_field_of_the_contract(function, transaction) -> None:
    status, answer, headers = function.post(PREDICT, transaction)
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert list(answer) == [
        "predictions",
        "prediction_id",
        "is_fraud",
        "probability",
        "risk_score",
        "outcome",
        "threshold",
        "model",
        "reasons",
    ]
    assert len(answer["reasons"]) == 4
    (entry,) = function.sink.entries
    assert (str(entry.id), entry.client) == (answer["prediction_id"], "shop")
    assert entry.request_id == "request-1"


def test_a_batch_is_answered_in_order(function) -> None:
    status, answer, _ = function.post(BATCH, {"transactions": [BASIC, RAW, BASIC]})
    assert status == 200
    assert [r["prediction_id"].rpartition("-")[2] for r in answer["results"]] == ["0", "1", "2"]
    assert len(answer["predictions"]) == len(function.sink.entries) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (BASIC | {"is_fraud": 0}, "is_fraud"),
        (BASIC | {"model": "other"}, "model"),
        (BASIC | {"day_of_month": 32}, "day_of_month"),
        (BASIC | {"day_of_month": 1.5}, "day_of_month"),
        (BASIC | {"day_of_month": True}, "day_of_month"),
        (BASIC | {"day_of_month": 2**63}, "day_of_month"),
        (BASIC | {"amount_log": 89}, "amount_log"),
        (BASIC | {"amount_log": "12"}, "amount_log"),
        (BASIC | {"amount_log": None}, "amount_log"),
        (BASIC | {"amount_dest": 1e39}, "amount_dest"),
        (BASIC | {"amount_dest": int("9" * 4300)}, "amount_dest"),
        (BASIC | {"type": "payment"}, "type"),
        (BASIC | {"type": "PAYMENT "}, "type"),
        (BASIC | {"type": "PAY\u200bMENT"}, "type"),
        (BASIC | {"type": "\ud800"}, "type"),
        (RAW | {"amount": -1}, "amount"),
        ({"step": 97, "type": "CASH_OUT", "amount": 1.0}, "oldbalanceDest"),
        ({}, "step"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_not_logged(function, body, field) -> None:
    status, answer, _ = function.post(PREDICT, body)
    assert status == 422
    assert answer["error"]["code"] == "invalid_value"
    assert answer["error"]["field"] == field
    assert answer["error"]["request_id"] == "request-1"
    assert function.sink.entries == []


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([BASIC, BASIC | {"amount_log": -1}], "transactions.1.amount_log"),
        ([RAW, {k: v for k, v in RAW.items() if k != "newbalanceDest"}],
         "transactions.1.newbalanceDest"),
        ([BASIC, 7], "transactions.1"),
        ([], "transactions"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_by_index_and_name(function, rows, field) -> None:
    status, answer, _ = function.post(BATCH, {"transactions": rows})
    assert (status, answer["error"]["field"]) == (422, field)


@pytest.mark.parametrize("good", [1, 500, 1000])
@pytest.mark.parametrize(
    "names", [[f"u{i}" for i in range(110)], ["x" * 62 + f"{i:02}" for i in range(14)]]
)
def test_the_largest_answer_to_a_batch_fits_into_lambdas(function, good, names) -> None:
    rows = [BASIC] * good + [dict.fromkeys(names, 0)] * (1000 - good)
    text = json.dumps(
        {"transactions": rows, "on_error": "skip", "reasons": True}, separators=(",", ":")
    )
    assert len(text) <= 2**20
    answer = function.answer(BATCH, text)
    assert answer["statusCode"] == 200
    assert len(json.dumps(answer).encode()) <= LAMBDA_TAKES
    assert len(function.sink.entries) == good


def test_a_skipped_row_names_five_bad_values_and_counts_the_others(function) -> None:
    rows = [BASIC, BASIC | {f"u{i}": 0 for i in range(7)}, BASIC | {f"u{i}": 0 for i in range(5)}]
    _, answer, _ = function.post(BATCH, {"transactions": rows, "on_error": "skip"})
    _, seven, five = (result.get("error") for result in answer["results"])
    unknown = [{"field": f"u{i}", "message": "is not a known field"} for i in range(5)]
    more = {"field": "transaction", "message": "has 2 more bad values"}
    assert (seven["field"], seven["fields"]) == ("u0", [*unknown, more])
    assert five["fields"] == unknown


def test_too_many_rows_are_too_large(function) -> None:
    status, answer, _ = function.post(BATCH, {"transactions": [BASIC] * 1001})
    assert (status, answer["error"]["code"]) == (413, "payload_too_large")


def test_without_a_key_nothing_is_scored(function) -> None:
    status, answer, _ = function.post(PREDICT, BASIC, client=None)
    assert (status, answer["error"]["code"]) == (401, "unauthenticated")


def test_without_a_model_the_answer_says_when_to_come_back(function) -> None:
    function.store.pointer = None
    status, answer, headers = function.post(PREDICT, BASIC)
    assert (status, answer["error"]["code"]) == (503, "no_model")
    assert int(headers["Retry-After"]) > 0


@pytest.mark.parametrize(("path", "body"), [(PREDICT, BASIC), (BATCH, {"transactions": [RAW]})])
def test_what_cannot_be_logged_is_not_answered(function, path, body) -> None:
    function.sink.refusal = Unavailable("throttled")
    status, answer, headers = function.post(path, body)
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    assert int(headers["Retry-After"]) > 0
