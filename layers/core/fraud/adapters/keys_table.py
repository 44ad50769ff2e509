"""The table of API keys, by the hash of the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.domain.errors import Conflict, NotFound
from fraud.domain.keys import ApiKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class KeysTable:
    """Keys as stored: hash, name, scopes, dates. The key itself is nowhere."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def put(self, key: ApiKey) -> None:
        """Store a new key."""
        with translated("storing the key"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(key, scopes=sorted(key.scopes)),
                ConditionExpression="attribute_not_exists(key_hash)",
            )

    def find(self, key_hash: str) -> ApiKey | None:
        """The key of that hash, whatever its state; one consistent read."""
        with translated("reading the key"):
            answer = self._client.get_item(
                TableName=self._table, Key={"key_hash": {"S": key_hash}}, ConsistentRead=True
            )
        return _from_item(answer["Item"]) if "Item" in answer else None

    def note_use(self, key_hash: str, day: date) -> None:
        """Write down that a key was used on a day, unless that is written, or a later one.

        Raises
        ------
        Unavailable
            When the table does not take it.
        """
        with suppress(Conflict), translated("noting the key's use"):
            self._client.update_item(
                TableName=self._table,
                Key={"key_hash": {"S": key_hash}},
                UpdateExpression="SET last_used_on = :day",
                ConditionExpression=(
                    "attribute_exists(key_hash) AND "
                    "(attribute_not_exists(last_used_on) OR last_used_on < :day)"
                ),
                ExpressionAttributeValues=to_attributes({":day": day.isoformat()}),
            )

    def all(self) -> Iterator[ApiKey]:
        """Every key; for operators, whose tables are small enough to scan."""
        with translated("listing keys"):
            for page in self._client.get_paginator("scan").paginate(TableName=self._table):
                yield from map(_from_item, page["Items"])

    def revoke(self, key_hash: str, now: datetime) -> None:
        """Close a key for good.

        Raises
        ------
        NotFound
            When there is no such key.
        """
        try:
            with translated("revoking the key"):
                self._client.update_item(
                    TableName=self._table,
                    Key={"key_hash": {"S": key_hash}},
                    UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :now)",
                    ConditionExpression="attribute_exists(key_hash)",
                    ExpressionAttributeValues=to_attributes({":now": now.isoformat()}),
                )
        except Conflict:
            raise NotFound("there is no such key") from None


def _from_item(item: object) -> ApiKey:
    return ApiKey.model_validate(from_item(item))  # type: ignore[arg-type]
