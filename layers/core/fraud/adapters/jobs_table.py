"""A table of jobs: registration and reading; workers' leases are in job_leases.py."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.adapters.job_leases import JobLeases, job_key, sortable
from fraud.adapters.page_tokens import decode_token, encode_token
from fraud.domain.errors import Conflict, NotFound
from fraud.domain.jobs import Job, JobStatus

COUNTER_ID = 0
NEWEST_FIRST_INDEX = "by_created"
TOKEN_KEYS = ("id", "kind", "created_at")


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
                    Item=to_item(job, kind=self.kind),
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
            query["ExclusiveStartKey"] = decode_token(token, TOKEN_KEYS)
        with translated(f"listing {self.kind}s"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return JobPage[J](
            [self.job_type.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def abandon(self, job_id: int, now: datetime, error: Mapping[str, str]) -> None:
        """End a job that nobody has begun; one that was begun after all goes on."""
        with suppress(Conflict), translated(f"ending the {self.kind}"):
            self._client.update_item(
                TableName=self._table,
                Key=job_key(job_id),
                UpdateExpression=(
                    "SET #s = :error, #e = :why, updated_at = :now, finished_at = :now"
                ),
                ConditionExpression="#s = :pending",
                ExpressionAttributeNames={"#s": "status", "#e": "error"},
                ExpressionAttributeValues=to_attributes(
                    {
                        ":error": JobStatus.ERROR,
                        ":pending": JobStatus.PENDING,
                        ":why": error,
                        ":now": sortable(now),
                    }
                ),
            )

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
