"""The prediction log's table and queues on the local emulator, and the product wired to them."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from fraud_cli.local import tools
from fraud_cli.local.emulator import Emulator

PROJECT = Path(__file__).resolve().parents[2]
TABLE = "predictions"
VISIBILITY_TIMEOUT_S = 1


@dataclass(frozen=True)
class LocalLog:
    """Clients that no fault stands before, to look and to drain with."""

    dynamodb: Any
    sqs: Any
    buffer_url: str
    dead_letters_url: str

    def buffered(self) -> int:
        """Messages in the buffer queue, hidden or not."""
        return self._messages(self.buffer_url)

    def dead_letters(self) -> int:
        """Messages that the log writer put aside."""
        return self._messages(self.dead_letters_url)

    def _messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def items(self) -> Iterator[dict[str, Any]]:
        """Everything in the table."""
        for page in self.dynamodb.get_paginator("scan").paginate(TableName=TABLE):
            yield from page["Items"]


@contextmanager
def local_log(work_dir: Path) -> Iterator[LocalLog]:
    """Start an emulator with an empty log, and bind this process's wiring to it."""
    with local_aws(work_dir) as endpoint_url:
        yield _made(endpoint_url)


@contextmanager
def local_aws(work_dir: Path) -> Iterator[str]:
    """Start an empty emulator, and point this process's environment at it."""
    state_dir = work_dir / "emulator"
    state_dir.mkdir(parents=True, exist_ok=True)
    emulator = Emulator(PROJECT, state_dir)
    emulator.install(dict(os.environ))
    before = dict(os.environ)
    try:
        endpoint_url = emulator.start(_free_port()).endpoint_url
        os.environ.update(tools.LOCAL_CREDENTIALS)
        os.environ.update(
            AWS_ENDPOINT_URL=endpoint_url, NO_PROXY="127.0.0.1", POWERTOOLS_SERVICE_NAME="faults"
        )
        forget_collaborators()
        yield endpoint_url
    finally:
        emulator.stop()
        os.environ.clear()
        os.environ.update(before)
        forget_collaborators()


def forget_collaborators() -> None:
    """Let the product make its clients anew, from the environment as it is now."""
    for name, module in list(sys.modules.items()):
        if re.fullmatch(r"fraud\w*\.(wiring(\.\w+)?|adapters\.aws_clients)", name):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def _made(endpoint_url: str) -> LocalLog:
    session = boto3.Session("local", "local", region_name=tools.REGION)
    dynamodb = session.client("dynamodb", endpoint_url=endpoint_url)
    sqs = session.client("sqs", endpoint_url=endpoint_url)
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    hidden = {"VisibilityTimeout": str(VISIBILITY_TIMEOUT_S)}
    buffer_url = sqs.create_queue(QueueName="buffer", Attributes=hidden)["QueueUrl"]
    dead_letters_url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    os.environ.update(
        MODELS_TABLE="models",
        IDEMPOTENCY_TABLE="answers",
        DATA_BUCKET="fraud-data",
        PREDICTIONS_TABLE=TABLE,
        PREDICTION_TTL_DAYS="400",
        LOG_BUFFER_QUEUE_URL=buffer_url,
        LOG_BUFFER_DEAD_LETTER_QUEUE_URL=dead_letters_url,
    )
    return LocalLog(dynamodb, sqs, buffer_url, dead_letters_url)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
