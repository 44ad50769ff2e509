"""The trainings table: registration, look-up, listing, and the end of what nobody runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.adapters.page_tokens import decode_token, encode_token
from fraud.domain.errors import Conflict, FraudError, LeaseHeld, NotFound
from fraud.domain.trainings import Training, TrainingRequest, TrainingStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTER_ID = 0
KIND = "training"
NEWEST_FIRST_INDEX = "by_created"
TOKEN_KEYS = ("id", "kind", "created_at")
STATES = {":pending": TrainingStatus.PENDING, ":processing": TrainingStatus.PROCESSING}
FREE = (
    "attribute_exists(id) AND "
    "(#status = :pending OR (#status = :processing AND lease_until < :now))"
)
"""Condition under which nobody is at a training."""


@dataclass(frozen=True)
class TrainingPage:
    """Some trainings, newest first, and where the next page starts."""

    trainings: list[Training]
    next_token: str | None


class TrainingsTable:
    """Trainings by id; item 0 holds the counter that ids come from."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def register(self, request: TrainingRequest, client: str, now: datetime) -> Training:
        """Give a request its id and store it as pending."""
        training = Training(
            id=self._next_id(), request=request, client=client, created_at=now, updated_at=now
        )
        try:
            with translated("registering the training"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_item(
                        training, kind=KIND, created_at=sortable(now), updated_at=sortable(now)
                    ),
                    ConditionExpression="attribute_not_exists(id)",
                )
        except Conflict:
            # The SDK sends a write again whose answer was lost, and then finds the first one.
            if self.get(training.id) != training:
                raise
        return training

    def get(self, training_id: int) -> Training:
        """Read one training.

        Raises
        ------
        NotFound
            When there is none of that id.
        """
        with translated("reading the training"):
            answer = self._client.get_item(
                TableName=self._table, Key=self._key(training_id), ConsistentRead=True
            )
        if "Item" not in answer or training_id == COUNTER_ID:
            raise NotFound(f"there is no training {training_id}")
        return Training.model_validate(from_item(answer["Item"]))

    def newest(self, limit: int, only_client: str | None, token: str | None) -> TrainingPage:
        """A page of trainings, newest first, of one client or of all."""
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": NEWEST_FIRST_INDEX,
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": {":kind": {"S": KIND}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if only_client is not None:
            query["FilterExpression"] = "client = :client"
            query["ExpressionAttributeValues"][":client"] = {"S": only_client}
        if token is not None:
            query["ExclusiveStartKey"] = decode_token(token, TOKEN_KEYS)
        with translated("listing trainings"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return TrainingPage(
            [Training.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def end(
        self, training_id: int, now: datetime, error: Mapping[str, str], model: str | None = None
    ) -> bool:
        """End a training that nobody is at; one that has ended stays as it is.

        Parameters
        ----------
        error
            Its code and message.
        model
            A model that came of it all the same.

        Returns
        -------
        bool
            Whether it was this call that ended it.

        Raises
        ------
        NotFound
            When there is no such training.
        LeaseHeld
            When a worker has it.
        """
        changes = {
            "status": TrainingStatus.ERROR,
            "error": error,
            "updated_at": sortable(now),
            "finished_at": sortable(now),
            **({"model": model} if model else {}),
        }
        try:
            self._set(training_id, changes, FREE, {**STATES, ":now": sortable(now)})
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return _ended_before(training_id, e.response.get("Item"), now, error)  # type: ignore[arg-type]
            with translated("ending the training"):
                raise
        return True

    def _set(
        self,
        training_id: int,
        changes: Mapping[str, Any],
        condition: str,
        compared: Mapping[str, Any],
    ) -> Training:
        """Write some fields under a condition; its own errors are not translated."""
        fields = list(enumerate(changes))
        answer = self._client.update_item(
            TableName=self._table,
            Key=self._key(training_id),
            UpdateExpression="SET " + ", ".join(f"#{i} = :{i}" for i, _ in fields),
            ConditionExpression=condition,
            ExpressionAttributeNames={"#status": "status"} | {f"#{i}": name for i, name in fields},
            ExpressionAttributeValues=to_attributes(
                {**compared} | {f":{i}": changes[name] for i, name in fields}
            ),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return Training.model_validate(from_item(answer["Attributes"]))

    def _next_id(self) -> int:
        with translated("numbering the training"):
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(COUNTER_ID),
                UpdateExpression="ADD last_id :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["last_id"]["N"])

    @staticmethod
    def _key(training_id: int) -> dict[str, Any]:
        return {"id": {"N": str(training_id)}}


def refused_because(training_id: int, old: Mapping[str, Any] | None, now: datetime) -> FraudError:
    """Why a training that a condition was about is not free, from its row as it was."""
    if not old:
        return NotFound(f"there is no training {training_id}")
    training = Training.model_validate(from_item(old))
    if training.status.terminal or training.lease_until is None:
        return Conflict(f"training {training_id} has ended as {training.status}")
    free_in = training.lease_until - now
    return LeaseHeld(
        f"training {training_id} is being run until {sortable(training.lease_until)}",
        free_in_s=max(1, ceil(free_in.total_seconds())),
    )


def _ended_before(
    training_id: int, old: Mapping[str, Any] | None, now: datetime, error: Mapping[str, str]
) -> bool:
    """Whether a training has ended by this very call, whose first answer was lost."""
    why = refused_because(training_id, old, now)
    if not isinstance(why, Conflict):
        raise why
    training = Training.model_validate(from_item(old or {}))
    return training.error == dict(error) and training.updated_at == now


def sortable(moment: datetime) -> str:
    """A moment as text; comparing the texts compares the moments."""
    return moment.isoformat(timespec="microseconds")
