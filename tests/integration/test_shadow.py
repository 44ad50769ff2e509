"""A challenger in the shadow over moto: logged beside the champion, never answered, compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fraud.adapters.labels import Labels
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.prediction_hours import PredictionHours
from fraud.domain.model_cards import ONNX_FILE
from fraud.domain.prediction_log import PredictionEntry
from fraud.services import hour_counting
from fraud_serving import wiring

PREDICT = "/api/v1/model/predict"
TRANSACTION = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}
HOUR = timedelta(hours=1)
PATIENCE_S = 10

type Challenge = Callable[..., None]


def look() -> None:
    wiring.champion().look_again()
    wiring.challenger().wait(PATIENCE_S)


@pytest.fixture
def pair(stack: Any, release: Callable[..., Any]) -> None:
    """`first` is enabled, `second` is not."""
    release("second", version=2)
    release("first")


@pytest.fixture
def challenge(stack: Any, pair: None) -> Challenge:
    def challenge(share: float = 1.0) -> None:
        body = {"share": share, "reason": "to see"}
        answer = stack.call("registry", "POST", "/api/v1/models/second/challenge", body)
        assert answer.status == 200, answer.body
        look()

    return challenge


def predict(stack: Any) -> dict[str, Any]:
    answer = stack.call("predict", "POST", PREDICT, TRANSACTION)
    assert answer.status == 200, answer.body
    return dict(answer.body)


def entries() -> list[PredictionEntry]:
    log = PredictionHours(boto3.client("dynamodb"), "PredictionsTable")
    now = datetime.now(UTC)
    return list(log.between(now - HOUR, now + HOUR))


def without_id(answer: dict[str, Any]) -> str:
    return json.dumps(answer | {"prediction_id": ""})


def test_a_challenger_is_logged_until_it_is_withdrawn_and_answers_stay_the_same(
    stack: Any, challenge: Challenge
) -> None:
    look()
    before = predict(stack)
    challenge()
    during = predict(stack)
    withdrawn = stack.call("registry", "POST", "/api/v1/models/second/withdraw", {"reason": "seen"})
    assert withdrawn.status == 200
    look()
    after = predict(stack)
    assert without_id(before) == without_id(during) == without_id(after)
    by_id = {str(entry.id): entry.shadow for entry in entries()}
    assert by_id[before["prediction_id"]] is by_id[after["prediction_id"]] is None
    shadow = by_id[during["prediction_id"]]
    assert shadow
    assert (shadow.model_name, shadow.model_version) == ("second", 2)
    assert shadow.score
    assert shadow.score.probability == during["probability"]  # the same model under another name


def test_a_challenger_whose_file_was_altered_is_logged_but_raises_no_alarm(
    stack: Any, challenge: Challenge, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    look()
    place = {"Bucket": "fraud-data", "Key": f"models/second/{ONNX_FILE}"}
    s3 = boto3.client("s3")
    whole = s3.get_object(**place)["Body"].read()
    challenge()
    assert wiring.challenger().current()
    stack.call("registry", "POST", "/api/v1/models/second/withdraw", {"reason": "again"})
    look()
    challenge_unseen(stack)
    s3.put_object(**place, Body=b"altered")
    look()
    assert predict(stack)["model"]["name"] == "first"
    assert wiring.challenger().current() is None
    (line,) = [line for line in logged() if line["message"] == "challenger_not_loaded"]
    assert (line["level"], ONNX_FILE in line["reason"]) == ("WARNING", True)
    assert not [line for line in logged() if line["message"] == "model_not_loaded"]
    s3.put_object(**place, Body=whole)
    look()
    assert wiring.challenger().current()


def challenge_unseen(stack: Any) -> None:
    body = {"share": 1, "reason": "to see"}
    assert stack.call("registry", "POST", "/api/v1/models/second/challenge", body).status == 200


def test_only_an_admin_sees_the_shadow(stack: Any, challenge: Challenge) -> None:
    challenge()
    made = predict(stack)
    path = f"/api/v1/predictions/{made['prediction_id']}"
    owner = stack.call("predictions", "GET", path, client="tests", scopes="read").body
    admin = stack.call("predictions", "GET", path, client="else", scopes="admin").body
    assert owner["shadow"] is None
    shadow = admin.pop("shadow")
    assert owner | {"shadow": ...} == admin | {"shadow": ...}
    assert shadow["model"] == {"name": "second", "version": 2}
    assert shadow["score"]["outcome"] == made["outcome"]
    assert shadow["score"]["is_fraud"] == made["is_fraud"]
    assert shadow["shadow_ms"] > 0


def count(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Count as the monitor does; moto takes its time for a query, and an hour is 32 of them."""
    monkeypatch.setattr(hour_counting, "LOOK_BACK", 3 * HOUR)
    client = boto3.client("dynamodb")
    table = MonitoringTable(client, "MonitoringTable")
    log, labels = PredictionHours(client, "PredictionsTable"), Labels(client, "PredictionsTable")
    hour_counting.count_predictions(log, table, lambda _: None, now, lambda: 900.0)
    hour_counting.count_labels(labels, table, 4 * HOUR, now, lambda: 900.0)


def test_comparing_both_shows_how_they_did_live(
    stack: Any, challenge: Challenge, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/api/v1/models/second/compare/first"
    now = datetime.now(UTC)
    assert "live" not in stack.call("models", "GET", path).body
    challenge()
    made = [predict(stack) for _ in range(5)]
    for is_fraud, one in zip((True, True, False), made, strict=False):
        label = f"/api/v1/predictions/{one['prediction_id']}/label"
        assert stack.call("predictions", "POST", label, {"is_fraud": is_fraud}).status == 200
    count(monkeypatch, now + timedelta(minutes=1))
    count(monkeypatch, now + 2 * HOUR)
    live = stack.call("models", "GET", path).body["live"]
    assert (live["challenger"], live["champion"]) == ("second", "first")
    assert (live["rows"], live["left_out"], live["mean_shift"]) == (5, 0, 0.0)
    assert (live["same_is_fraud"], live["same_outcome"]) == (1.0, 1.0)
    assert (live["labels"], live["frauds"]) == (3, 2)
    assert live["by_labels"]["challenger"] == live["by_labels"]["champion"]
    flipped = stack.call("models", "GET", "/api/v1/models/first/compare/second").body["live"]
    assert flipped == live
