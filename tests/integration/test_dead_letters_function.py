"""The dead letters' function over moto: a training ends with a reason, once, and an alarm rings."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from fraud.adapters import aws_clients
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.model_cards import ModelRecord

SUCCESS: dict[str, Any] = {"batchItemFailures": []}


def ask(stack: Any) -> list[dict[str, Any]]:
    """A training; its message."""
    body = {"dataset": "https://example.com/rows.csv"}
    stack.call("training", "POST", "/api/v1/training", body)
    return list(stack.queued())


def bury(stack: Any, records: list[dict[str, Any]]) -> Any:
    return stack.function("dead_letters").handler({"Records": records}, stack.context())


def training(stack: Any) -> dict[str, Any]:
    return dict(stack.call("training", "GET", "/api/v1/training/1").body)


def claim(owner: str, for_s: float) -> None:
    table = TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")
    now = datetime.now(UTC)
    table.claim(1, owner, now, now + timedelta(seconds=for_s))


def rung(capsys: pytest.CaptureFixture[str]) -> int:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return sum("TrainingsGivenUp" in line for line in lines)


def test_a_training_that_could_never_begin_ends_with_a_reason(
    stack: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bury(stack, ask(stack)) == SUCCESS
    ended = training(stack)
    assert (ended["status"], ended["error"]["code"]) == ("error", "never_run")
    assert ended["finished_at"]
    assert rung(capsys) == 1


def test_a_training_whose_workers_died_says_so(stack: Any) -> None:
    message = ask(stack)
    claim("dies", for_s=-1)
    claim("dies-too", for_s=-1)
    assert bury(stack, message) == SUCCESS
    ended = training(stack)
    assert ended["error"]["code"] == "worker_lost"
    assert "2 times" in ended["error"]["message"]


def test_a_message_that_comes_again_changes_nothing(
    stack: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    message = ask(stack)
    bury(stack, message)
    first = training(stack)
    assert bury(stack, message) == SUCCESS
    # As after a redrive: the trainer finds a training that has ended.
    assert stack.deliver(message) == SUCCESS
    assert training(stack) == first
    assert rung(capsys) == 1


def test_a_message_whose_training_is_being_run_comes_back(stack: Any) -> None:
    message = ask(stack)
    claim("works", for_s=900)
    assert bury(stack, message) == {
        "batchItemFailures": [{"itemIdentifier": message[0]["messageId"]}]
    }
    assert training(stack)["status"] == "processing"


def test_a_model_that_came_of_it_is_named(stack: Any, release: Callable[..., ModelRecord]) -> None:
    message = ask(stack)
    release("fraud-000001-0a1b2c3d")
    claim("dies", for_s=-1)
    bury(stack, message)
    assert (training(stack)["status"], training(stack)["model"]) == (
        "error",
        "fraud-000001-0a1b2c3d",
    )


@pytest.mark.parametrize("body", ["{}", "not JSON", '{"training_id": 7}'])
def test_what_is_no_training_of_ours_is_dropped(
    body: str, stack: Any, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    boto3.client("sqs").send_message(QueueUrl=stack.queue_url, MessageBody=body)
    assert bury(stack, stack.queued()) == SUCCESS
    assert "dropped, not a training of ours" in [line["message"] for line in logged()]


def test_while_the_table_does_not_answer_the_message_comes_back(stack: Any) -> None:
    message = ask(stack)

    def down(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://dynamodb")

    events = aws_clients.dynamodb_client().meta.events
    events.register("before-call.dynamodb.GetItem", down)
    failed = {"batchItemFailures": [{"itemIdentifier": message[0]["messageId"]}]}
    assert bury(stack, message) == failed
    events.unregister("before-call.dynamodb.GetItem", down)
    assert bury(stack, message) == SUCCESS
    assert training(stack)["status"] == "error"
