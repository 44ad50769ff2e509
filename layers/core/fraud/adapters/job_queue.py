"""The queues between those who ask for a job and the workers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from fraud.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class JobQueue:
    """Carries ids of jobs, never state: the table is the truth, so a replay does no harm."""

    kind: ClassVar[str]

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def send(self, job_id: int) -> None:
        """Queue one job."""
        with translated(f"queueing the {self.kind}"):
            self._client.send_message(
                QueueUrl=self._url, MessageBody=json.dumps({f"{self.kind}_id": job_id})
            )

    def retry_after(self, receipt_handle: str, seconds: int) -> None:
        """Let a message that is being worked on come back sooner than its visibility timeout."""
        with translated("asking for a retry"):
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )

    @classmethod
    def job_id_of(cls, message_body: str) -> int:
        """Read a message.

        Raises
        ------
        ValueError
            When the body is not one of this kind's.
        """
        body = json.loads(message_body)
        job_id = body.get(f"{cls.kind}_id") if isinstance(body, dict) else None
        if not isinstance(job_id, int) or isinstance(job_id, bool) or job_id < 1:
            raise ValueError(f"not a {cls.kind} message: {message_body[:100]!r}")
        return job_id


class TrainingQueue(JobQueue):
    """Trainings on their way to the trainer."""

    kind = "training"


class ReplayQueue(JobQueue):
    """Replays on their way to the replayer."""

    kind = "replay"
