"""A table of jobs: registration and reading; workers' leases are in job_leases.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_item
from fraud.adapters.job_leases import FREE, STATES, JobLeases, job_key, sortable
from fraud.adapters.page_tokens import MOMENT, TokenForm, decode_token, encode_token
from fraud.domain.errors import Conflict, NotFound
from fraud.domain.jobs import Job, JobStatus

COUNTER_ID = 0
NEWEST_FIRST_INDEX = "by_created"


def token_form(kind: str) -> TokenForm:
    """The key of one kind of job in a page token."""
    return {"id": ("N", r"[1-9]\d{0,14}"), "kind": ("S", kind), "created_at": ("S", MOMENT)}


@dataclass(frozen=True)
class JobPage[J: Job]:
    """Some jobs, newest first, and where the next page starts."""

    jobs: list[J]
    next_token: str | None


class JobsTable[J: Job](JobLeases[J]):
    """Jobs of one kind by id; item 0 holds the counter that ids come from."""

    def add(self, job: J) -> J:
        """Store a job, with an id of `next_id`, as pending."""
        try:
            with translated(f"registering the {self.kind}"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_item(
                        job,
                        kind=self.kind,
                        created_at=sortable(job.created_at),
                        updated_at=sortable(job.updated_at),
                    ),
                    ConditionExpression="attribute_not_exists(id)",
                )
        except Conflict:
            # The SDK sends a write again whose answer was lost, and then finds the first one.
            if self.get(job.id) != job:
                raise
        return job

    def get(self, job_id: int) -> J:
        """Read one job.

        Raises
        ------
        NotFound
            When there is none of that id.
        """
        with translated(f"reading the {self.kind}"):
            answer = self._client.get_item(
                TableName=self._table, Key=job_key(job_id), ConsistentRead=True
            )
        if "Item" not in answer or job_id == COUNTER_ID:
            raise NotFound(f"there is no {self.kind} {job_id}")
        return self.job_type.model_validate(from_item(answer["Item"]))

    def newest(self, limit: int, only_client: str | None, token: str | None) -> JobPage[J]:
        """A page of jobs, newest first, of one client or of all."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": NEWEST_FIRST_INDEX,
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": {":kind": {"S": self.kind}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if only_client is not None:
            query["FilterExpression"] = "client = :client"
            query["ExpressionAttributeValues"][":client"] = {"S": only_client}
        if token is not None:
            query["ExclusiveStartKey"] = decode_token(token, token_form(self.kind))
        with translated(f"listing {self.kind}s"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return JobPage[J](
            [self.job_type.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def end(self, job_id: int, now: datetime, error: Mapping[str, str], **more: Any) -> bool:
        """End a job that nobody is at in error; one that has ended stays as it is.

        Returns
        -------
        bool
            Whether it was this call that ended it.

        Raises
        ------
        NotFound
            When there is no such job.
        LeaseHeld
            When a worker has it.
        """
        changes = {
            "status": JobStatus.ERROR,
            "error": error,
            "updated_at": sortable(now),
            "finished_at": sortable(now),
            **more,
        }
        try:
            self._set(job_id, changes, FREE, {**STATES, ":now": sortable(now)})
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return self._ended_before(job_id, e.response.get("Item"), now, error)  # type: ignore[arg-type]
            with translated(f"ending the {self.kind}"):
                raise
        return True

    def _ended_before(
        self, job_id: int, old: Mapping[str, Any] | None, now: datetime, error: Mapping[str, str]
    ) -> bool:
        """Whether a job has ended by this very call, whose first answer was lost."""
        why = self._why_not_free(job_id, old)
        if not isinstance(why, Conflict):
            raise why
        job = self.job_type.model_validate(from_item(old or {}))
        return job.error == dict(error) and job.updated_at == now

    def next_id(self) -> int:
        """An id that was never given before."""
        with translated(f"numbering the {self.kind}"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=job_key(COUNTER_ID),
                UpdateExpression="ADD last_id :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["last_id"]["N"])
