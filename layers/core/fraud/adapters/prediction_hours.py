"""The prediction log, read by time: every prediction of some hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.domain.prediction_ids import LogPart, log_parts
from fraud.domain.prediction_log import PredictionEntry, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PredictionHours:
    """One range of sort keys in each of a day's partitions; never a scan."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def between(self, since: datetime, until: datetime) -> Iterator[PredictionEntry]:
        """Predictions made from `since` to before `until`, those of a request one after another.

        Reads are eventually consistent, at half the price: an hour is read again after its end.
        """
        for part in log_parts(since, until):
            yield from self._of(part)

    def _of(self, part: LogPart) -> Iterator[PredictionEntry]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":pk": {"S": part.pk},
                ":low": {"S": part.low},
                ":high": {"S": part.high},
            },
            # Labels lie between the predictions and have no body.
            "ProjectionExpression": "body",
        }
        with translated("reading an hour of predictions"):
            for page in self._client.get_paginator("query").paginate(**query):
                for item in page["Items"]:
                    if "body" in item:
                        yield from unpack(item["body"]["B"])
