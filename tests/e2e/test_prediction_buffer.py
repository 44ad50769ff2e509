"""The deployed buffer: the log's table is gone for a while, and no prediction with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import unpack

pytestmark = pytest.mark.e2e

TRANSACTION = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 0.0,
}
DRAINED_WITHIN_S = 60


@dataclass(frozen=True)
class Backstage:
    """The deployed stack's table and queues, from behind."""

    dynamodb: Any
    sqs: Any
    table: str
    buffer_url: str
    dead_letters_url: str

    def logged(self, prediction_id: str) -> dict[str, Any] | None:
        key = PredictionId.parse(prediction_id).log_key
        try:
            answer = self.dynamodb.get_item(
                TableName=self.table, Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}}
            )
        except self.dynamodb.exceptions.ResourceNotFoundException:
            return None
        return answer.get("Item")

    def messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    @contextmanager
    def without_the_table(self) -> Iterator[None]:
        """The table is deleted, and made again as it was."""
        made = self.dynamodb.describe_table(TableName=self.table)["Table"]
        kept = ("TableName", "AttributeDefinitions", "KeySchema")
        items = [
            item
            for page in self.dynamodb.get_paginator("scan").paginate(TableName=self.table)
            for item in page["Items"]
        ]
        self.dynamodb.delete_table(TableName=self.table)
        try:
            yield
        finally:
            self.dynamodb.create_table(
                **{name: made[name] for name in kept},
                GlobalSecondaryIndexes=[
                    {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
                    for index in made["GlobalSecondaryIndexes"]
                ],
                BillingMode="PAY_PER_REQUEST",
            )
            self.dynamodb.update_time_to_live(
                TableName=self.table,
                TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": True},
            )
            for item in items:
                self.dynamodb.put_item(TableName=self.table, Item=item)


@pytest.fixture(scope="module")
def backstage(deployed: Any) -> Iterator[Backstage]:
    endpoint_url = f"http://127.0.0.1:{deployed.port}"
    clients = {
        name: boto3.client(
            name,
            endpoint_url=endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        for name in ("dynamodb", "sqs")
    }
    tables = clients["dynamodb"].list_tables()["TableNames"]
    urls = clients["sqs"].list_queues()["QueueUrls"]
    (buffer_url,) = (url for url in urls if "PredictionBufferQueue" in url)
    attributes = {"QueueUrl": buffer_url, "AttributeNames": ["VisibilityTimeout"]}
    hidden = clients["sqs"].get_queue_attributes(**attributes)["Attributes"]
    # What fails comes back after a second instead of minutes, or the test would take those.
    set_attributes = clients["sqs"].set_queue_attributes
    set_attributes(QueueUrl=buffer_url, Attributes={"VisibilityTimeout": "1"})
    yield Backstage(
        **clients,
        table=next(name for name in tables if "PredictionsTable" in name),
        buffer_url=buffer_url,
        dead_letters_url=next(url for url in urls if "PredictionBufferDeadLetter" in url),
    )
    set_attributes(QueueUrl=buffer_url, Attributes=hidden)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DRAINED_WITHIN_S
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.2)


def test_predictions_made_without_their_table_are_in_it_when_it_is_back(
    api: httpx.Client, backstage: Backstage
) -> None:
    body = {"transactions": [TRANSACTION] * 300, "reasons": True}
    with backstage.without_the_table():
        single = api.post("/model/predict", json=TRANSACTION)
        batch = api.post("/model/predict/batch", json=body)
        assert (single.status_code, batch.status_code) == (200, 200), single.text + batch.text
        wait_until(lambda: backstage.messages(backstage.buffer_url) == 3)
    ids = [single.json()["prediction_id"]]
    ids += [result["prediction_id"] for result in batch.json()["results"]]
    wait_until(lambda: all(map(backstage.logged, (ids[0], ids[1], ids[-1]))))
    wait_until(lambda: backstage.messages(backstage.buffer_url) == 0)
    items = [backstage.logged(prediction_id) for prediction_id in (ids[0], ids[1], ids[-1])]
    entries = [entry for item in items if item for entry in unpack(item["body"]["B"])]
    assert [str(entry.id) for entry in entries] == ids
    assert entries[0].probability == single.json()["probability"]
    assert int(items[0]["expires_at"]["N"]) > time.time()  # type: ignore[index]
    assert backstage.messages(backstage.dead_letters_url) == 0


def test_what_is_no_prediction_is_put_aside(backstage: Backstage) -> None:
    backstage.sqs.send_message(QueueUrl=backstage.buffer_url, MessageBody='{"training_id": 1}')
    wait_until(lambda: backstage.messages(backstage.dead_letters_url) == 1)
    wait_until(lambda: backstage.messages(backstage.buffer_url) == 0)
    answer = backstage.sqs.receive_message(QueueUrl=backstage.dead_letters_url)
    (message,) = answer["Messages"]
    assert message["Body"] == '{"training_id": 1}'
    backstage.sqs.delete_message(
        QueueUrl=backstage.dead_letters_url, ReceiptHandle=message["ReceiptHandle"]
    )
