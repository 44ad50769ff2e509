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
                    "SET #s = :processing, lease_owner = :owner, lease_until = :until, "
                    "updated_at = :now, started_at = if_not_exists(started_at, :now) "
                    "ADD attempts :one, fence :one"
                ),
                ConditionExpression=(
                    "attribute_exists(id) AND "
                    "(#s = :pending OR (#s = :processing AND lease_until < :now))"
                ),
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues=to_attributes(
                    {
                        ":pending": JobStatus.PENDING,
                        ":processing": JobStatus.PROCESSING,
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
        values: dict[str, Any] = {**changes, "updated_at": sortable(now)}
        names = {f"#{i}": name for i, name in enumerate(values)}
        placeholders = {f":{i}": value for i, value in enumerate(values.values())}
        assignments = ", ".join(f"#{i} = :{i}" for i in range(len(values)))
        try:
            with translated(f"updating the {self.kind}"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=job_key(job.id),
                    UpdateExpression=f"SET {assignments}",
                    ConditionExpression="fence = :fence AND #status = :processing",
                    ExpressionAttributeNames={**names, "#status": "status"},
                    ExpressionAttributeValues=to_attributes(
                        {
                            **placeholders,
                            ":fence": job.fence,
                            ":processing": JobStatus.PROCESSING,
                        }
                    ),
                    ReturnValues="ALL_NEW",
                )
        except Conflict as e:
            raise LeaseLost(f"{self.kind} {job.id} is no longer this worker's") from e
        return self.job_type.model_validate(from_item(answer["Attributes"]))

    def fail(self, job: J, now: datetime, error: FraudError, **more: Any) -> J:
        """End a claimed job in error."""
        told = {"code": error.code, "message": error.message}
        return self.update(
            job, now, status=JobStatus.ERROR, finished_at=now.isoformat(), error=told, **more
        )

    def give_back(self, job: J, now: datetime) -> J:
        """Give a lease back, so that the next delivery need not wait for it to run out."""
        return self.update(job, now, lease_until=sortable(now - timedelta(seconds=1)))

    def _claimed_or_refused(self, job_id: int, old: Mapping[str, Any] | None, owner: str) -> J:
        if not old:
            raise NotFound(f"there is no {self.kind} {job_id}")
        values = from_item(old)
        job = self.job_type.model_validate(values)
        if job.status.terminal:
            raise Conflict(f"{self.kind} {job_id} has ended as {job.status}")
        if values.get("lease_owner") != owner:
            raise LeaseHeld(f"{self.kind} {job_id} is being run until {values.get('lease_until')}")
        return job


def job_key(job_id: int) -> dict[str, Any]:
    """Where a job is kept."""
    return {"id": {"N": str(job_id)}}


def sortable(moment: datetime) -> str:
    """One format, so that comparing the strings compares the moments."""
    return moment.isoformat(timespec="microseconds")
