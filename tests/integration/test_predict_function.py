"""Predictions over moto: no model, no log, no answer; and every answer is in the log."""

from typing import Any

import boto3
import pytest

TRANSACTION = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}


def test_without_a_model_the_answer_is_503(stack: Any) -> None:
    for path, body in (
        ("/api/v1/model/predict", TRANSACTION),
        ("/api/v1/model/predict/batch", {"transactions": [TRANSACTION]}),
    ):
        answer = stack.call("predict", "POST", path, body)
        assert (answer.status, answer.body["error"]["code"]) == (503, "no_model")
        assert int(answer.headers["Retry-After"]) > 0
    health = stack.call("health", "GET", "/api/v1/model/healthy")
    assert (health.status, health.body["error"]["code"]) == (503, "no_model")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"day_of_month": 0}, "day_of_month"),
        ({"day_of_month": 32}, "day_of_month"),
        ({"day_of_month": 2**63}, "day_of_month"),
        ({"day_of_month": True}, "day_of_month"),
        ({"day_of_month": "5"}, "day_of_month"),
        ({"day_of_month": 1.5}, "day_of_month"),
        ({"type": "payment"}, "type"),
        ({"type": "PAYMENT "}, "type"),
        ({"type": "\u0420AYMENT"}, "type"),
        ({"type": "PAY\u200bMENT"}, "type"),
        ({"type": "\ud800"}, "type"),
        ({"amount_log": -1}, "amount_log"),
        ({"amount_log": 710}, "amount_log"),
        ({"amount_log": 89}, "amount_log"),
        ({"amount_log": None}, "amount_log"),
        ({"amount_dest": 1e39}, "amount_dest"),
        ({"amount_dest": {}}, "amount_dest"),
        ({"is_fraud": 0}, "is_fraud"),
        ({"__proto__": {}}, "__proto__"),
    ],
)
def test_a_bad_value_is_refused_before_anything_is_looked_up(
    stack: Any, change: dict[str, Any], field: str
) -> None:
    boto3.client("dynamodb").delete_table(TableName="ModelsTable")
    answer = stack.call("predict", "POST", "/api/v1/model/predict", {**TRANSACTION, **change})
    assert answer.status == 422
    assert field in {f["field"] for f in answer.body["error"]["fields"]}


def test_a_batch_that_is_too_long_is_refused(stack: Any) -> None:
    body = {"transactions": [TRANSACTION] * 1001}
    answer = stack.call("predict", "POST", "/api/v1/model/predict/batch", body)
    assert answer.status in {413, 422}


def test_an_empty_batch_is_refused(stack: Any) -> None:
    answer = stack.call("predict", "POST", "/api/v1/model/predict/batch", {"transactions": []})
    assert answer.status == 422
