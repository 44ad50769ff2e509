"""Lambda's side of the buffer queue: hands messages to the real log writer, and misbehaves.

Messages come out of order, some twice, some again although they were worked off; and now and then
an invocation's answer is lost, so that its whole batch comes back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from handlers import function
from local_log import LocalLog

BATCH_SIZE = 10
RECEIVES = 12


@dataclass
class EventSource:
    """Drains the buffer.

    Attributes
    ----------
    again
        Share of messages that are delivered again after they were worked off.
    crashed
        Share of invocations whose answer never arrives.
    """

    log: LocalLog
    random: random.Random
    again: float = 0.05
    crashed: float = 0.02
    delivered: int = 0
    failed: int = 0
    duplicates: int = 0
    done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._handler = function("log_writer").handler
        self._copies: list[dict[str, Any]] = []

    def drain(self) -> Iterator[int]:
        """Until the queue is empty; yields how many messages were worked off so far."""
        while self.log.buffered():
            records = self._received()
            if not records:
                time.sleep(0.1)
            self._deliver(records)
            yield len(self.done)
        # At-least-once delivery has no end: a copy may come when its message is long gone.
        self._deliver(self._copies)
        yield len(self.done)

    def _received(self) -> list[dict[str, Any]]:
        records = []
        for _ in range(RECEIVES):
            answer = self.log.sqs.receive_message(
                QueueUrl=self.log.buffer_url, MaxNumberOfMessages=BATCH_SIZE
            )
            records += [_record(message) for message in answer.get("Messages", [])]
        self.random.shuffle(records)
        return records

    def _deliver(self, records: list[dict[str, Any]]) -> None:
        for some in batched(records, BATCH_SIZE, strict=False):
            self._invoke([*some])

    def _invoke(self, records: list[dict[str, Any]]) -> None:
        self.delivered += len(records)
        self.duplicates += sum(record["messageId"] in self.done for record in records)
        answer = self._handler({"Records": records}, None)
        failed = {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}
        self.failed += len(failed)
        written = [record for record in records if record["messageId"] not in failed]
        self.done |= {record["messageId"] for record in written}
        if self.random.random() >= self.crashed:
            self._forget(written)

    def _forget(self, records: list[dict[str, Any]]) -> None:
        """Delete messages from the queue, but for those that are to come again."""
        deleted = [record for record in records if self.random.random() >= self.again]
        self._copies += [r for r in deleted if self.random.random() < self.again]
        if deleted:
            self.log.sqs.delete_message_batch(
                QueueUrl=self.log.buffer_url,
                Entries=[
                    {"Id": str(i), "ReceiptHandle": record["receiptHandle"]}
                    for i, record in enumerate(deleted)
                ],
            )


def _record(message: dict[str, Any]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:buffer",
        "awsRegion": "us-east-1",
    }
