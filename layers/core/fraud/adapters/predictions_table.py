"""The prediction log, as it is written."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.domain.errors import Unavailable
from fraud.domain.prediction_log import LoggedPredictions, LogItem, pack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ROUNDS = 5
FIRST_PAUSE_S = 0.05


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
        with translated("logging the prediction"):
            if len(items) == 1:
                self._client.put_item(TableName=self._table, Item=items[0])
            else:
                self._put_all(items)

    def _put_all(self, items: list[dict[str, Any]]) -> None:
        waiting = [{"PutRequest": {"Item": item}} for item in items]
        for attempt in range(MAX_ROUNDS):
            answer = self._client.batch_write_item(RequestItems={self._table: waiting})  # type: ignore[dict-item]
            waiting = answer.get("UnprocessedItems", {}).get(self._table, [])  # type: ignore[assignment]
            if not waiting:
                return
            time.sleep(FIRST_PAUSE_S * 2**attempt)
        raise Unavailable("the prediction log is too busy; try again in a moment")

    def _attributes(self, item: LogItem) -> dict[str, Any]:
        expires_at = int((item.at + self._keep).timestamp())
        return {
            "pk": {"S": item.key.pk},
            "sk": {"S": item.key.sk},
            "at": {"S": item.at.isoformat(timespec="milliseconds")},
            "client": {"S": item.client},
            "model": {"S": item.model_name},
            "outcomes": {"SS": sorted(item.outcomes)},
            "expires_at": {"N": str(expires_at)},
            "body": {"B": item.body},
        }
