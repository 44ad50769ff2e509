"""Leases of jobs: one worker has a job, for a time, and a fence keeps stragglers from writing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes
from fraud.domain.errors import Conflict, FraudError, LeaseHeld, LeaseLost, NotFound
from fraud.domain.jobs import Job, JobStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


STATES = {":pending": JobStatus.PENDING, ":processing": JobStatus.PROCESSING}
FREE = (
    "attribute_exists(id) AND "
    "(#status = :pending OR (#status = :processing AND lease_until < :now))"
)
"""Condition under which nobody is at a job."""
HELD = "fence = :fence AND #status = :processing"
"""Condition under which a worker still has its job."""


class JobLeases[J: Job]:
    """A table of jobs of one kind, as workers write it.

    Attributes
    ----------
    kind
        What one job is called.
    job_type
        The rows' class.
    """

    kind: ClassVar[str]
    job_type: type[J]

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def claim(self, job_id: int, owner: str, now: datetime, lease_until: datetime) -> J:
        """Take a job that is pending, or whose worker's lease ran out.

        Parameters
        ----------
        owner
            Unique to this attempt, so that a claim whose answer was lost is known as our own.

        Raises
        ------
        NotFound
            When there is no such job.
        Conflict
            When it has already ended; there is nothing to do.
        LeaseHeld
            When another worker has it.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=job_key(job_id),
                UpdateExpression=(
                    "SET #status = :processing, lease_owner = :owner, lease_until = :until, "
                    "updated_at = :now, started_at = if_not_exists(started_at, :now) "
                    "ADD attempts :one, fence :one"
                ),
                ConditionExpression=FREE,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=to_attributes(
                    {
                        **STATES,
                        ":owner": owner,
                        ":now": sortable(now),
                        ":until": sortable(lease_until),
                        ":one": 1,
                    }
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return self._claimed_or_refused(job_id, e.response.get("Item"), owner)  # type: ignore[arg-type]
            with translated(f"claiming the {self.kind}"):
                raise
        return self.job_type.model_validate(from_item(answer["Attributes"]))

    def update(self, job: J, now: datetime, **changes: Any) -> J:
        """Write a claimed job's changes, if this worker still has it.

        Raises
        ------
        LeaseLost
            When another worker has claimed it since, or it has ended.
        """
        changes = {**changes, "updated_at": sortable(now)}
        try:
            return self._set(job.id, changes, HELD, _holding(job))
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return self._written_or_lost(job, e.response.get("Item"), now)  # type: ignore[arg-type]
            with translated(f"updating the {self.kind}"):
                raise

    def held(self, job: J) -> dict[str, Any]:
        """The condition that a claimed job is still this worker's, for a transaction."""
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": job_key(job.id),
                "ConditionExpression": HELD,
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": to_attributes(_holding(job)),
            }
        }

    def fail(self, job: J, now: datetime, error: FraudError, **more: Any) -> J:
        """End a claimed job in error."""
        told = {"code": error.code, "message": error.message}
        return self.update(
            job, now, status=JobStatus.ERROR, finished_at=now.isoformat(), error=told, **more
        )

    def give_back(self, job: J, now: datetime) -> J:
        """Give a lease back, so that the next delivery need not wait for it to run out."""
        return self.update(job, now, lease_until=sortable(now - timedelta(seconds=1)))

    def _set(
        self, job_id: int, changes: Mapping[str, Any], condition: str, compared: Mapping[str, Any]
    ) -> J:
        """Write some fields under a condition; its own errors are not translated."""
        fields = list(enumerate(changes))
        answer = self._client.update_item(
            TableName=self._table,
            Key=job_key(job_id),
            UpdateExpression="SET " + ", ".join(f"#{i} = :{i}" for i, _ in fields),
            ConditionExpression=condition,
            ExpressionAttributeNames={"#status": "status"} | {f"#{i}": name for i, name in fields},
            ExpressionAttributeValues=to_attributes(
                {**compared} | {f":{i}": changes[name] for i, name in fields}
            ),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return self.job_type.model_validate(from_item(answer["Attributes"]))

    def _claimed_or_refused(self, job_id: int, old: Mapping[str, Any] | None, owner: str) -> J:
        """The claim, if what was in the way is this very call, whose first answer was lost."""
        if old and from_item(old).get("lease_owner") == owner:
            return self.job_type.model_validate(from_item(old))
        raise self._why_not_free(job_id, old)

    def _why_not_free(self, job_id: int, old: Mapping[str, Any] | None) -> FraudError:
        if not old:
            return NotFound(f"there is no {self.kind} {job_id}")
        job = self.job_type.model_validate(from_item(old))
        if job.status.terminal:
            return Conflict(f"{self.kind} {job_id} has ended as {job.status}")
        return LeaseHeld(f"{self.kind} {job_id} is being run until {job.lease_until}")

    def _written_or_lost(self, job: J, old: Mapping[str, Any] | None, now: datetime) -> J:
        """The job, if it ended by this very call, whose first answer was lost."""
        known = self.job_type.model_validate(from_item(old)) if old else None
        if known and known.fence == job.fence and known.updated_at == now:
            return known
        raise LeaseLost(f"{self.kind} {job.id} is no longer this worker's")


def _holding(job: Job) -> dict[str, Any]:
    return {":fence": job.fence, ":processing": JobStatus.PROCESSING}


def job_key(job_id: int) -> dict[str, Any]:
    """Where a job is kept."""
    return {"id": {"N": str(job_id)}}


def sortable(moment: datetime) -> str:
    """One format, so that comparing the strings compares the moments."""
    return moment.isoformat(timespec="microseconds")
