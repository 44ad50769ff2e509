"""The log writer over moto, with real SQS events: drains the buffer, loses no message."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.adapters.prediction_buffer import PredictionBuffer
from fraud.adapters.prediction_reading import PredictionReading
from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.log_messages import from_message, to_message
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions, LogItem, pack, unpack
from fraud.services.draining import Drained

KEEP = timedelta(days=30)  # PREDICTION_TTL_DAYS of the tests


def predictions(at: datetime, n: int | None = None) -> LoggedPredictions:
    size = n or 1
    return LoggedPredictions(
        id=PredictionId.new(at),
        at=at,
        client="canary-client",
        request_id="request-1",
        model_name="first",
        model_version=1,
        threshold=0.5,
        latency_ms=1.25,
        indexes=list(range(n)) if n is not None else None,
        inputs={"amount": [float(i) for i in range(size)]},
        features={"amount_log": [0.5] * size},
        log_odds=[0.25] * size,
        probability=[0.75] * size,
        risk_score=[900] * size,
        outcome=["review"] * size,
        reasons=None,
    )


@pytest.fixture
def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.fixture
def buffered(stack: Any) -> Callable[..., list[dict[str, Any]]]:
    """Takes the buffer's messages as Lambda would hand them over."""
    sqs = boto3.client("sqs")

    def take() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=stack.buffer_url, MaxNumberOfMessages=10)
        return [record(m["Body"], m["MessageId"]) for m in answer.get("Messages", [])]

    return take


def record(body: str, message_id: str = "message-1") -> dict[str, Any]:
    return {
        "messageId": message_id,
        "receiptHandle": f"handle of {message_id}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:buffer",
        "awsRegion": "us-east-1",
    }


def deliver(stack: Any, records: list[dict[str, Any]]) -> list[str]:
    """Hand over messages; the ids of those that failed."""
    answer = stack.function("log_writer").handler({"Records": records}, None)
    assert set(answer) == {"batchItemFailures"}
    return [entry["itemIdentifier"] for entry in answer["batchItemFailures"]]


def counted(caplog: pytest.LogCaptureFixture) -> dict[str, int]:
    """What the log writer says it has done."""
    (summary,) = (vars(r) for r in caplog.records if r.getMessage() == "drained")
    return {outcome: summary[outcome] for outcome in Drained}


def scanned() -> list[dict[str, Any]]:
    return list(boto3.client("dynamodb").scan(TableName="PredictionsTable")["Items"])


def aside(stack: Any) -> list[str]:
    sqs = boto3.client("sqs")
    answer = sqs.receive_message(QueueUrl=stack.buffer_dead_letters_url, MaxNumberOfMessages=10)
    return [m["Body"] for m in answer.get("Messages", [])]


def test_what_was_buffered_is_logged_as_if_it_had_been_written_directly(
    stack: Any, buffered: Callable[..., Any], now: datetime
) -> None:
    single, batch = predictions(now), predictions(now, 600)
    buffer = PredictionBuffer(lambda: boto3.client("sqs"), stack.buffer_url)
    for made in (single, batch):
        buffer.put(made)
    records = buffered()
    assert deliver(stack, records) == []
    drained = scanned()
    assert {len(unpack(item["body"]["B"])) for item in drained} == {1, 250, 100}
    dynamodb = boto3.client("dynamodb")
    read = PredictionReading(dynamodb, "PredictionsTable").get(single.id)
    assert read.entry.probability == 0.75
    table = PredictionsTable(dynamodb, "PredictionsTable", KEEP)
    for made in (single, batch):
        table.put(made)
    assert scanned() == drained


def test_a_replay_leaves_alone_what_was_added_to_the_item_since(stack: Any, now: datetime) -> None:
    (item,) = pack(predictions(now))
    assert deliver(stack, [record(to_message(item))]) == []
    boto3.client("dynamodb").update_item(
        TableName="PredictionsTable",
        Key={"pk": {"S": item.key.pk}, "sk": {"S": item.key.sk}},
        UpdateExpression="SET looked_at = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    before = scanned()
    assert deliver(stack, [record(to_message(item))]) == []
    assert scanned() == before
    assert before[0]["looked_at"] == {"BOOL": True}


def test_one_bad_message_is_put_aside_and_the_others_are_written(
    stack: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    items = [pack(predictions(now))[0] for _ in range(3)]
    messages = [to_message(item) for item in items]
    foreign = json.dumps({"secret": "canary-secret"})
    messages.insert(1, foreign)
    assert deliver(stack, [record(m, f"message-{i}") for i, m in enumerate(messages)]) == []
    assert {item["sk"]["S"] for item in scanned()} == {item.key.sk for item in items}
    assert aside(stack) == [foreign]
    assert [r.message_id for r in caplog.records if r.levelname == "ERROR"] == ["message-1"]
    assert not any("canary" in str(vars(r)) for r in caplog.records)
    assert counted(caplog) == {"written": 3, "known": 0, "expired": 0, "not_ours": 1}


def test_what_expired_while_it_waited_is_dropped_and_counted(
    stack: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    (gone,) = pack(predictions(now - KEEP))
    (kept,) = pack(predictions(now - KEEP + timedelta(minutes=1)))
    assert deliver(stack, [record(to_message(gone)), record(to_message(kept), "other")]) == []
    assert [item["sk"]["S"] for item in scanned()] == [kept.key.sk]
    assert aside(stack) == []
    assert counted(caplog) == {"written": 1, "known": 0, "expired": 1, "not_ours": 0}


def test_while_the_table_refuses_every_message_comes_back(
    stack: Any, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    items = [pack(predictions(now))[0] for _ in range(2)]
    records = [record(to_message(item), f"message-{i}") for i, item in enumerate(items)]
    boto3.client("dynamodb").delete_table(TableName="PredictionsTable")
    deliver_again = deliver(stack, records)
    assert deliver_again == ["message-0", "message-1"]
    assert [r.message_id for r in caplog.records if r.levelname == "WARNING"] == deliver_again
    assert not any("canary" in str(vars(r)) for r in caplog.records)


def test_while_nothing_can_be_put_aside_a_foreign_message_comes_back(stack: Any) -> None:
    boto3.client("sqs").delete_queue(QueueUrl=stack.buffer_dead_letters_url)
    assert deliver(stack, [record("{}")]) == ["message-1"]


@pytest.mark.parametrize("name", ["log-writer", "log-writer-not-ours"])
def test_sample_events_are_what_they_are_called(project_dir: Path, name: str) -> None:
    event = json.loads((project_dir / "events" / f"{name}.json").read_text(encoding="utf-8"))
    (sample,) = event["Records"]
    if name == "log-writer":
        assert isinstance(from_message(sample["body"]), LogItem)
    else:
        with pytest.raises(ValueError, match="not an item"):
            from_message(sample["body"])
