"""How many trainings each client has asked for on each day."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes
from fraud.domain.errors import Conflict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR = timedelta(days=7)
KEYS_PER_READ = 100  # the most of BatchGetItem


class UsageTable:
    """An item for each client and day; DynamoDB forgets them after a week."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def count_training(self, client: str, now: datetime, quota: int) -> bool:
        """Count one more training of today, unless `quota` of them are counted: one atomic write.

        The SDK sends a write again whose answer was lost. The item names the request that was
        counted last, so that one request is not counted twice.
        """
        request_id = uuid.uuid4().hex
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(client, now.date()),
                UpdateExpression="SET last_request = :id, expires_at = :end ADD trainings :one",
                ConditionExpression=(
                    "attribute_not_exists(trainings) OR "
                    "(trainings < :quota AND last_request <> :id)"
                ),
                ExpressionAttributeValues=to_attributes(
                    {
                        ":id": request_id,
                        ":end": int((now + KEPT_FOR).timestamp()),
                        ":one": 1,
                        ":quota": quota,
                    }
                ),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                counted: Any = e.response.get("Item", {})
                return bool(counted) and from_item(counted)["last_request"] == request_id
            with translated("counting the training"):
                raise
        return True

    def give_back(self, client: str, now: datetime) -> None:
        """Count one training less: it was not accepted after all."""
        with suppress(Conflict), translated("counting the training"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(client, now.date()),
                UpdateExpression="ADD trainings :less",
                ConditionExpression="trainings > :none",
                ExpressionAttributeValues=to_attributes({":less": -1, ":none": 0}),
            )

    def trainings_on(self, day: date, clients: Sequence[str]) -> Mapping[str, int]:
        """Trainings that were counted on a day, by client; those without any are missing."""
        asked, found = sorted(set(clients)), dict[str, int]()
        for first in range(0, len(asked), KEYS_PER_READ):
            keys = [_key(client, day) for client in asked[first : first + KEYS_PER_READ]]
            wanted: Any = {self._table: {"Keys": keys}}
            while wanted:
                with translated("reading quotas"):
                    answer = self._client.batch_get_item(RequestItems=wanted)
                for item in map(from_item, answer["Responses"].get(self._table, [])):
                    found[item["client"]] = item["trainings"]
                wanted = answer.get("UnprocessedKeys")
        return found


def _key(client: str, day: date) -> dict[str, Any]:
    return to_attributes({"client": client, "day": day.isoformat()})
