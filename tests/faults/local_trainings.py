"""What trainings live in, on the local emulator: tables, queues and a bucket for one schedule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from handlers import CLIENT

from fraud.adapters.items import from_item
from fraud.domain.uploads import uploads_of
from fraud_cli.local import tools

MESSAGE_HIDDEN = timedelta(seconds=5400)
MESSAGE_KEPT = timedelta(days=4)
MAX_RECEIVES = 5
HIDDEN_S = 600
"""Real seconds for which a message that was handed out stays away, unless it is given back."""


@dataclass(frozen=True)
class Clients:
    """The driver's own clients, with no point in their way."""

    dynamodb: Any
    s3: Any
    sqs: Any

    @classmethod
    def of(cls, endpoint_url: str) -> Clients:
        """Clients of an emulator."""
        session = boto3.Session("local", "local", region_name=tools.REGION)
        made = (session.client(s, endpoint_url=endpoint_url) for s in ("dynamodb", "s3", "sqs"))
        return cls(*made)


class Trainings:
    """The state of one schedule; `environment` binds the functions to it."""

    def __init__(self, clients: Clients, number: int) -> None:
        self.clients = clients
        self._name = f"schedule-{number}"
        self.bucket = self._name
        clients.s3.create_bucket(Bucket=self.bucket)
        self._tables = [
            self._table("trainings", {"id": "N"}, {"kind": "S", "created_at": "S"}),
            self._table("models", {"pk": "S", "sk": "S"}, {"pk": "S", "created_at": "S"}),
        ]
        self._usage = self._table("usage", {"client": "S", "day": "S"})
        self._dead_letters_url = clients.sqs.create_queue(QueueName=f"{self._name}-dead")[
            "QueueUrl"
        ]
        self._url = clients.sqs.create_queue(
            QueueName=self._name, Attributes={"RedrivePolicy": json.dumps(self._redrive())}
        )["QueueUrl"]
        self.environment = {
            "TRAININGS_TABLE": self._tables[0],
            "MODELS_TABLE": self._tables[1],
            "DATA_BUCKET": self.bucket,
            "TRAINING_QUEUE_URL": self._url,
            # Trainings of this run are on one file each: none is handed on.
            "TRAINING_STATE_MACHINE_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:none",
            "IDEMPOTENCY_TABLE": "none",
            "USAGE_TABLE": self._usage,
            "TRAINING_QUOTA_PER_DAY": "50",
            "MAX_DATASET_BYTES": "10000000",
            "MESSAGE_HIDDEN_S": f"{MESSAGE_HIDDEN.total_seconds():.0f}",
            "MESSAGE_KEPT_S": f"{MESSAGE_KEPT.total_seconds():.0f}",
        }

    def close(self) -> None:
        """Remove it all."""
        for key in self.objects():
            self.clients.s3.delete_object(Bucket=self.bucket, Key=key)
        self.clients.s3.delete_bucket(Bucket=self.bucket)
        for table in (*self._tables, self._usage):
            self.clients.dynamodb.delete_table(TableName=table)
        for url in (self._url, self._dead_letters_url):
            self.clients.sqs.delete_queue(QueueUrl=url)

    def upload(self, path: Path) -> str:
        """Put a dataset where the client that asks for trainings may train from."""
        key = f"{uploads_of(CLIENT)}{path.name}"
        self.clients.s3.upload_file(str(path), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def received(self) -> list[dict[str, Any]]:
        """Messages as Lambda gets them."""
        return self._received(self._url)

    def received_dead_letters(self) -> list[dict[str, Any]]:
        """Messages that were tried as often as the queue allows."""
        return self._received(self._dead_letters_url)

    def give_back(self, record: dict[str, Any]) -> None:
        """Let a message come again, unless its receipt is no longer good."""
        with suppress(ClientError):
            self.clients.sqs.change_message_visibility(
                QueueUrl=record["url"], ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
            )

    def delete(self, record: dict[str, Any]) -> None:
        """Take a message off its queue, as Lambda does after success."""
        with suppress(ClientError):  # a receipt that is no longer good
            self.clients.sqs.delete_message(
                QueueUrl=record["url"], ReceiptHandle=record["receiptHandle"]
            )

    def waiting(self) -> int:
        """Messages in either queue, hidden ones too."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = 0
        for url in (self._url, self._dead_letters_url):
            answer = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
            found += sum(int(answer["Attributes"][name]) for name in names)
        return found

    def rows(self) -> dict[int, dict[str, Any]]:
        """The trainings, without the counter."""
        rows = [from_item(item) for item in self._items(self._tables[0])]
        return {row["id"]: row for row in rows if row["id"]}

    def registry(self) -> list[dict[str, Any]]:
        """Models, pointers and histories."""
        return [from_item(item) for item in self._items(self._tables[1])]

    def written(self) -> str:
        """Everything in the tables, to compare."""
        found = [[*self._items(table)] for table in self._tables]
        return json.dumps([sorted(map(json.dumps, items)) for items in found])

    def objects(self) -> list[str]:
        """What is in the bucket."""
        pages = self.clients.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def content(self, key: str) -> bytes:
        """One object."""
        return bytes(self.clients.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def _items(self, table: str) -> Iterator[dict[str, Any]]:
        for page in self.clients.dynamodb.get_paginator("scan").paginate(TableName=table):
            yield from page["Items"]

    def _received(self, url: str) -> list[dict[str, Any]]:
        answer = self.clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_S
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:training",
                "awsRegion": "us-east-1",
                "url": url,
            }
            for message in answer.get("Messages", [])
        ]

    def _redrive(self) -> dict[str, Any]:
        answer = self.clients.sqs.get_queue_attributes(
            QueueUrl=self._dead_letters_url, AttributeNames=["QueueArn"]
        )
        return {
            "deadLetterTargetArn": answer["Attributes"]["QueueArn"],
            "maxReceiveCount": MAX_RECEIVES,
        }

    def _table(self, name: str, keys: dict[str, str], index: dict[str, str] | None = None) -> str:
        full_name = f"{self._name}-{name}"
        by_created = {
            "IndexName": "by_created",
            "KeySchema": _key_schema(index or {}),
            "Projection": {"ProjectionType": "ALL"},
        }
        self.clients.dynamodb.create_table(
            TableName=full_name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": n, "AttributeType": t} for n, t in (keys | (index or {})).items()
            ],
            KeySchema=_key_schema(keys),
            **({"GlobalSecondaryIndexes": [by_created]} if index else {}),
        )
        return full_name


def _key_schema(keys: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
