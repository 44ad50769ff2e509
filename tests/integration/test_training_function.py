"""Asking for trainings over moto: registered and queued together, seen by their owner only."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fraud.adapters import aws_clients
from fraud.adapters.trainings_table import TrainingsTable

LINK = "https://data.example.com/transactions.csv"


def test_a_request_is_registered_and_queued(stack: Any) -> None:
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert answer.status == 202
    assert answer.body == {"id": 1}
    assert answer.headers["Location"] == "/live/api/v1/training/1"
    assert [json.loads(r["body"]) for r in stack.queued()] == [{"training_id": 1}]
    training = stack.call("training", "GET", "/api/v1/training/1").body
    assert (training["status"], training["stage"], training["progress"]) == ("pending", "queued", 0)
    assert training["dataset"] == LINK


@pytest.mark.parametrize(
    "policy",
    [
        {"name": "target_precision", "target": 0.9},
        {"name": "lowest_cost", "missed_fraud_cost": 500, "false_alarm_cost": 2.5},
    ],
)
def test_the_policy_asked_for_is_shown(stack: Any, policy: dict[str, Any]) -> None:
    body = {"dataset": LINK, "policy": policy}
    assert stack.call("training", "POST", "/api/v1/training", body).status == 202
    shown = stack.call("training", "GET", "/api/v1/training/1").body["policy"]
    assert {name: value for name, value in shown.items() if value is not None} == policy


def test_ids_count_up(stack: Any) -> None:
    ids = [
        stack.call("training", "POST", "/api/v1/training", {"dataset": LINK}).body["id"]
        for _ in range(3)
    ]
    assert ids == [1, 2, 3]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "dataset"),
        ({"dataset": ""}, "dataset"),
        ({"dataset": 7}, "dataset"),
        ({"dataset": "ftp://example.com/a.csv"}, "dataset"),
        ({"dataset": "file:///proc/self/environ"}, "dataset"),
        ({"dataset": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next"}, "dataset"),
        ({"dataset": "http://169.254.169.254/latest/meta-data"}, "dataset"),
        ({"dataset": "s3://somebody-elses-bucket/a.csv"}, "dataset"),
        ({"dataset": LINK, "feature_set": "graph"}, "feature_set"),
        ({"dataset": LINK, "seed": -1}, "seed"),
        ({"dataset": LINK, "seed": True}, "seed"),
        ({"dataset": LINK, "status": "processed"}, "status"),
        ({"dataset": LINK, "policy": "best_f1"}, "policy"),
        ({"dataset": LINK, "policy": {"name": "best"}}, "policy.name"),
        ({"dataset": LINK, "policy": {"name": "target_precision"}}, "policy.target"),
        ({"dataset": LINK, "policy": {"name": "lowest_cost", "target": 0.5}}, "policy.target"),
        (
            {"dataset": LINK, "policy": {"name": "best_f1", "false_alarm_cost": 5}},
            "policy.false_alarm_cost",
        ),
    ],
)
def test_a_bad_request_names_its_field_and_registers_nothing(
    stack: Any, body: dict[str, Any], field: str
) -> None:
    answer = stack.call("training", "POST", "/api/v1/training", body)
    assert answer.status == 422
    assert answer.body["error"]["code"] == "invalid_value"
    assert answer.body["error"]["field"] == field
    assert stack.call("training", "GET", "/api/v1/training").body["trainings"] == []
    assert stack.queued() == []


def test_the_data_bucket_is_always_allowed(stack: Any) -> None:
    link = "s3://fraud-data/uploads/mine.csv"
    assert stack.call("training", "POST", "/api/v1/training", {"dataset": link}).status == 202


def test_loopback_links_stay_refused_where_the_endpoint_is_aws(
    stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOW_LOOPBACK_LINKS", "true")
    body = {"dataset": "http://127.0.0.1:8000/a.csv"}
    assert stack.call("training", "POST", "/api/v1/training", body).status == 422


@pytest.mark.parametrize(
    "path_id",
    ["0", "-1", "99999999999999999999", "abc", "1.0", "1e3", "\u0661", "\u00b2", "01", "%00", "+1"],
)
def test_what_is_no_id_is_not_found(stack: Any, path_id: str) -> None:
    answer = stack.call("training", "GET", f"/api/v1/training/{path_id}")
    assert answer.status == 404
    assert answer.body["error"]["code"] == "not_found"


def test_another_clients_training_is_not_found(stack: Any) -> None:
    stack.call(
        "training", "POST", "/api/v1/training", {"dataset": LINK}, client="a", scopes="train"
    )
    mine = stack.call("training", "GET", "/api/v1/training/1", client="a", scopes="train")
    theirs = stack.call("training", "GET", "/api/v1/training/1", client="b", scopes="train")
    unknown = stack.call("training", "GET", "/api/v1/training/2", client="b", scopes="train")
    admins = stack.call("training", "GET", "/api/v1/training/1", client="root", scopes="admin")
    assert (mine.status, theirs.status, unknown.status, admins.status) == (200, 404, 404, 200)
    assert theirs.body["error"]["message"].replace("1", "2") == unknown.body["error"]["message"]


def test_lists_are_newest_first_paged_and_ones_own(stack: Any) -> None:
    for client in ("a", "b", "a", "a"):
        stack.call(
            "training", "POST", "/api/v1/training", {"dataset": LINK}, client=client, scopes="train"
        )
    seen: list[int] = []
    query: dict[str, str] = {"limit": "2"}
    for _ in range(5):
        page = stack.call(
            "training", "GET", "/api/v1/training", query=query, client="a", scopes="train"
        ).body
        seen += [t["id"] for t in page["trainings"]]
        if not page["next"]:
            break
        query["next"] = page["next"]
    assert seen == [4, 3, 1]


@pytest.mark.parametrize("token", ["x", "e30=", "bm90IGpzb24=", "\u00e9"])
def test_a_foreign_page_token_is_refused(stack: Any, token: str) -> None:
    answer = stack.call("training", "GET", "/api/v1/training", query={"next": token})
    assert answer.status == 400


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1000000000", "x"])
def test_an_odd_limit_is_refused(stack: Any, limit: str) -> None:
    answer = stack.call("training", "GET", "/api/v1/training", query={"limit": limit})
    assert answer.status == 422
    assert answer.body["error"]["field"] == "limit"


def test_without_the_authorizers_word_nobody_gets_in(stack: Any) -> None:
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK}, client=None)
    assert answer.status == 401


def test_a_dead_queue_is_a_503_that_says_when_to_come_back(stack: Any) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=stack.queue_url)
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    left = stack.call("training", "GET", "/api/v1/training/1").body
    assert (left["status"], left["error"]["code"]) == ("error", "not_queued")


def test_what_neither_queue_nor_table_could_refuse_was_accepted(
    stack: Any, break_once_registered: Callable[[], None]
) -> None:
    """The row is there, so the sweeper will queue it: the caller gets its id, not an error."""
    stack.call("training", "GET", "/api/v1/training/1")
    break_once_registered()
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert (answer.status, answer.body) == (202, {"id": 1})
    assert stack.call("training", "GET", "/api/v1/training/1").body["status"] == "pending"


def test_a_training_that_has_begun_was_accepted_whatever_the_queue_said(stack: Any) -> None:
    def sent_but_the_answer_lost(**_: Any) -> None:
        now = datetime.now(UTC)
        table = TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")
        table.claim(1, "quick", now, now + timedelta(minutes=1))
        raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessage")

    aws_clients.sqs_client().meta.events.register(
        "before-call.sqs.SendMessage", sent_but_the_answer_lost
    )
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert (answer.status, answer.body) == (202, {"id": 1})
    assert stack.call("training", "GET", "/api/v1/training/1").body["status"] == "processing"


def test_throttling_is_retried_and_then_a_503(stack: Any) -> None:
    attempts = []

    def throttle(**_: Any) -> None:
        attempts.append(1)
        error = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}}
        raise ClientError(error, "UpdateItem")

    aws_clients.dynamodb_client().meta.events.register("before-call.dynamodb.UpdateItem", throttle)
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert answer.status == 503
    assert attempts


def test_an_upload_link_can_be_trained_from(stack: Any) -> None:
    answer = stack.call("training", "POST", "/api/v1/datasets", {})
    assert answer.status == 201
    assert answer.body["upload_url"].startswith("https://")
    body = {"dataset": answer.body["dataset"]}
    assert stack.call("training", "POST", "/api/v1/training", body).status == 202


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, "{}", 415),
        ({"Content-Type": ""}, "{}", 415),
        ({"Content-Type": "application/json; charset=utf-16"}, "{}", 415),
        ({"Content-Type": "application/json; charset=UTF-8"}, f'{{"dataset":"{LINK}"}}', 202),
        ({"Content-Type": "multipart/form-data; boundary=x"}, "{}", 415),
        ({}, "", 400),
        ({}, "{", 400),
        ({}, '{"dataset":NaN}', 400),
        ({}, "null", 422),
        ({}, "[]", 422),
        ({}, '"str"', 422),
        ({}, "42", 422),
    ],
)
def test_bodies_must_be_json(stack: Any, headers: dict[str, str], body: str, status: int) -> None:
    answer = stack.call("training", "POST", "/api/v1/training", body, headers=headers)
    assert answer.status == status
    if status >= 400:
        assert set(answer.body["error"]) >= {"code", "message", "request_id"}


@pytest.mark.parametrize(
    ("body", "status"), [("eyJkYXRhc2V0IjoieCJ9", 422), ("!!!!", 400), ("/w==", 400)]
)
def test_base64_bodies_are_decoded_strictly(stack: Any, body: str, status: int) -> None:
    assert stack.call("training", "POST", "/api/v1/training", body, is_base64=True).status == status


def test_a_training_whose_registration_was_acknowledged_too_late_is_queued(stack: Any) -> None:
    """The put is sent again after it was carried out, as botocore does when no answer came."""
    sent = []

    def lose_the_first(attempts: int, **_: Any) -> int | None:
        sent.append(attempts)
        return 0 if len(sent) == 1 else None

    events = aws_clients.dynamodb_client().meta.events
    events.register_first("needs-retry.dynamodb.PutItem", lose_the_first)
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    assert sent == [1, 2]
    assert (answer.status, answer.body) == (202, {"id": 1})
    assert [json.loads(r["body"]) for r in stack.queued()] == [{"training_id": 1}]
