"""The queue that takes predictions while their table does not, and its dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated
from fraud.adapters.resending import send_all
from fraud.domain.errors import Unavailable
from fraud.domain.log_messages import to_message
from fraud.domain.prediction_log import LoggedPredictions, pack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    type ClientMaker = Callable[[], SQSClient]

MAX_BATCH_ENTRIES = 10
MAX_BATCH_BYTES = 1_048_576
"""Of all messages of one request, and of one message: 1 MiB since August 2025
(https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html).
An item of the log has at most 400 kB, 533 kB in base 64."""

ROUNDS = 3
"""How often messages are sent: there is nothing behind this queue but an error to the caller."""
PAUSE_S = 0.05


class PredictionBuffer:
    """Takes the log's items as they are; the log writer moves them to the table.

    Parameters
    ----------
    client
        Makes the client, or gives the one there is: while the table takes everything, none is made.
    """

    def __init__(self, client: ClientMaker, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def put(self, predictions: LoggedPredictions) -> None:
        """Queue the predictions of one request.

        Raises
        ------
        Unavailable
            When not all of them could be queued; some may have been.
        """
        messages = [to_message(item) for item in pack(predictions)]
        for batch in _batches(messages):
            send_all(batch, self._send, rounds=ROUNDS, pause_s=PAUSE_S)

    def _send(self, messages: Sequence[str]) -> Sequence[str]:
        """Send one request; returns the messages that were not taken."""
        try:
            with translated("buffering the prediction"):
                answer = self._client().send_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(i), "MessageBody": message} for i, message in enumerate(messages)
                    ],
                )
        except Unavailable:
            return messages
        return [messages[int(failed["Id"])] for failed in answer.get("Failed", [])]


class DeadLetters:
    """Keeps what the log writer cannot use, for somebody to look at."""

    def __init__(self, client: ClientMaker, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, message: str) -> None:
        """Keep a message.

        Raises
        ------
        Unavailable
            When it may not have been kept.
        """
        with translated("moving a message to the dead letters"):
            self._client().send_message(QueueUrl=self._url, MessageBody=message)


def _batches(messages: Sequence[str]) -> Iterator[list[str]]:
    """Messages as requests within SQS's limits; they are ASCII, a character is a byte."""
    batch: list[str] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == MAX_BATCH_ENTRIES or size + len(message) > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message)
    if batch:
        yield batch
