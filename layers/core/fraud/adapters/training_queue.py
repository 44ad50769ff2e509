"""The queue between the training request and the trainer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class TrainingQueue:
    """Carries training ids, never state: the table is the truth, so a replay does no harm."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, training_id: int) -> None:
        """Queue one training."""
        with translated("queueing the training"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=json.dumps({"training_id": training_id})
            )

    def retry_after(self, receipt_handle: str, seconds: int) -> None:
        """Let a message that is being worked on come back sooner than its visibility timeout."""
        with translated("asking for a retry"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


def training_id_of(message_body: str) -> int:
    """Read a message.

    Raises
    ------
    ValueError
        When the body is not one of ours.
    """
    body = json.loads(message_body)
    training_id = body.get("training_id") if isinstance(body, dict) else None
    if not isinstance(training_id, int) or isinstance(training_id, bool) or training_id < 1:
        raise ValueError(f"not a training message: {message_body[:100]!r}")
    return training_id
