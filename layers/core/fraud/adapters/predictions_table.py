"""The prediction log, as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.resending import send_all
from fraud.domain.errors import Conflict
from fraud.domain.prediction_log import LoggedPredictions, LogItem, pack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROUNDS = 2
"""How often a batch's items are sent: somebody waits, and there is a buffer for what is left."""
PAUSE_S = 0.05


class PredictionsTable:
    """Items of one or up to 250 predictions, in partitions of a day and a shard."""

    def __init__(self, client: DynamoDBClient, table_name: str, keep: timedelta) -> None:
        self._client = client
        self._table = table_name
        self._keep = keep

    def put(self, predictions: LoggedPredictions) -> None:
        """Log the predictions of one request; writing them again changes nothing.

        Raises
        ------
        Unavailable
            When not all of them could be written; some may have been.
        """
        items = [self._attributes(item) for item in pack(predictions)]
        send_all(items, self._put_some, rounds=ROUNDS, pause_s=PAUSE_S)

    def add(self, item: LogItem) -> bool:
        """Log an item that was buffered, unless it is there already.

        What is there may have been read and added to since, so it is not written again.

        Returns
        -------
        bool
            Whether it was missing.

        Raises
        ------
        Unavailable
            When it may not have been written.
        """
        try:
            with translated("logging the prediction"):
                self._client.put_item(
                    TableName=self._table,
                    Item=self._attributes(item),
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except Conflict:
            return False
        return True

    def expires_at(self, item: LogItem) -> datetime:
        """When an item may be forgotten, to the second."""
        return (item.at + self._keep).replace(microsecond=0)

    def _put_some(self, items: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Write items; returns those that were not processed."""
        with translated("logging the prediction"):
            if len(items) == 1:
                self._client.put_item(TableName=self._table, Item=items[0])
                return []
            puts = [{"PutRequest": {"Item": item}} for item in items]
            answer = self._client.batch_write_item(RequestItems={self._table: puts})  # type: ignore[dict-item]
        left: list[Any] = answer.get("UnprocessedItems", {}).get(self._table, [])
        return [request["PutRequest"]["Item"] for request in left]

    def _attributes(self, item: LogItem) -> dict[str, Any]:
        return {
            "pk": {"S": item.key.pk},
            "sk": {"S": item.key.sk},
            "at": {"S": item.at.isoformat(timespec="milliseconds")},
            "client": {"S": item.client},
            "model": {"S": item.model_name},
            "outcomes": {"SS": sorted(item.outcomes)},
            "expires_at": {"N": str(int(self.expires_at(item).timestamp()))},
            "body": {"B": item.body},
        }
