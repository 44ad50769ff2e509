"""The trainings table: registration, leases with fencing, progress, results."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.adapters.page_tokens import MOMENT, TokenForm, decode_token, encode_token
from fraud.domain.errors import Conflict, LeaseHeld, LeaseLost, NotFound
from fraud.domain.trainings import Training, TrainingRequest, TrainingStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

COUNTER_ID = 0
KIND = "training"
NEWEST_FIRST_INDEX = "by_created"
TOKEN_FORM: TokenForm = {
    "id": ("N", r"[1-9]\d{0,14}"),
    "kind": ("S", KIND),
    "created_at": ("S", MOMENT),
}


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
                    Item=to_item(training, kind=KIND),
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
        """A page of trainings, newest first, of one client or of all.

        Raises
        ------
        BadRequest
            When the token is not one of ours.
        """
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
            query["ExclusiveStartKey"] = decode_token(token, TOKEN_FORM)
        with translated("listing trainings"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return TrainingPage(
            [Training.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def claim(self, training_id: int, owner: str, now: datetime, lease_until: datetime) -> Training:
        """Take a training that is pending, or whose worker's lease ran out.

        Parameters
        ----------
        owner
            Unique to this attempt, so that a claim whose answer was lost is known as our own.

        Raises
        ------
        NotFound
            When there is no such training.
        Conflict
            When it has already ended; there is nothing to do.
        LeaseHeld
            When another worker has it.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(training_id),
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
                        ":pending": TrainingStatus.PENDING,
                        ":processing": TrainingStatus.PROCESSING,
                        ":owner": owner,
                        ":now": _sortable(now),
                        ":until": _sortable(lease_until),
                        ":one": 1,
                    }
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return _claimed_or_refused(training_id, e.response.get("Item"), owner)  # type: ignore[arg-type]
            with translated("claiming the training"):
                raise
        return Training.model_validate(from_item(answer["Attributes"]))

    def update(self, training: Training, now: datetime, **changes: Any) -> Training:
        """Write a claimed training's changes, if this worker still has it.

        Raises
        ------
        LeaseLost
            When another worker has claimed it since, or it has ended.
        """
        values: dict[str, Any] = {**changes, "updated_at": _sortable(now)}
        names = {f"#{i}": name for i, name in enumerate(values)}
        placeholders = {f":{i}": value for i, value in enumerate(values.values())}
        assignments = ", ".join(f"#{i} = :{i}" for i in range(len(values)))
        try:
            with translated("updating the training"):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=self._key(training.id),
                    UpdateExpression=f"SET {assignments}",
                    ConditionExpression="fence = :fence AND #status = :processing",
                    ExpressionAttributeNames={**names, "#status": "status"},
                    ExpressionAttributeValues=to_attributes(
                        {
                            **placeholders,
                            ":fence": training.fence,
                            ":processing": TrainingStatus.PROCESSING,
                        }
                    ),
                    ReturnValues="ALL_NEW",
                )
        except Conflict as e:
            raise LeaseLost(f"training {training.id} is no longer this worker's") from e
        return Training.model_validate(from_item(answer["Attributes"]))

    def abandon(self, training_id: int, now: datetime, error: Mapping[str, str]) -> None:
        """End a training that nobody has begun; one that was begun after all goes on."""
        with suppress(Conflict), translated("ending the training"):
            self._client.update_item(
                TableName=self._table,
                Key=self._key(training_id),
                UpdateExpression=(
                    "SET #s = :error, #e = :why, updated_at = :now, finished_at = :now"
                ),
                ConditionExpression="#s = :pending",
                ExpressionAttributeNames={"#s": "status", "#e": "error"},
                ExpressionAttributeValues=to_attributes(
                    {
                        ":error": TrainingStatus.ERROR,
                        ":pending": TrainingStatus.PENDING,
                        ":why": error,
                        ":now": _sortable(now),
                    }
                ),
            )

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


def _claimed_or_refused(training_id: int, old: Mapping[str, Any] | None, owner: str) -> Training:
    if not old:
        raise NotFound(f"there is no training {training_id}")
    values = from_item(old)
    training = Training.model_validate(values)
    if training.status.terminal:
        raise Conflict(f"training {training_id} has ended as {training.status}")
    if values.get("lease_owner") != owner:
        raise LeaseHeld(f"training {training_id} is being run until {values.get('lease_until')}")
    return training


def _sortable(moment: datetime) -> str:
    # One format, so that comparing the strings compares the moments.
    return moment.isoformat(timespec="microseconds")
