"""The prediction log with its labels, read upwards, request by request."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from fraud.adapters.aws_errors import translated
from fraud.adapters.label_items import read_label
from fraud.adapters.labels import AFTER_ALL
from fraud.domain.labels import MARK, Label, counting
from fraud.domain.log_listing import LogPosition, LogRow
from fraud.domain.prediction_ids import LogPart, PredictionId
from fraud.domain.prediction_log import PredictionEntry, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class LoggedRequest(NamedTuple):
    """The predictions of one request, and its id, which says how far a part has been read."""

    base: str
    rows: list[LogRow]


class LabelledLog:
    """A request's items and the labels of its predictions lie together, in one partition."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def requests(self, part: LogPart, after: str | None) -> Iterator[LoggedRequest]:
        """The requests of one part, without those that have expired, by their ids.

        Reads are eventually consistent, at half the price.

        Parameters
        ----------
        after
            The id of the request after which to begin; None for the first.
        """
        low = part.low if after is None else after + AFTER_ALL
        for base, items in groupby(self._items(part._replace(low=low)), _base_of):
            if rows := _rows(items):
                yield LoggedRequest(base, rows)

    def _items(self, part: LogPart) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :low AND :high",
            "FilterExpression": "expires_at > :now",
            "ExpressionAttributeValues": {
                **{f":{name}": {"S": value} for name, value in part._asdict().items()},
                ":now": {"N": str(int(time.time()))},
            },
        }
        with translated("reading a part of the prediction log"):
            for page in self._client.get_paginator("query").paginate(**query):
                yield from page["Items"]


def _base_of(item: Mapping[str, Any]) -> str:
    return LogPosition(item["sk"]["S"]).base


def _rows(items: Iterable[Mapping[str, Any]]) -> list[LogRow]:
    entries: list[PredictionEntry] = []
    labels: dict[PredictionId, list[Label]] = {}
    for item in items:
        if MARK in item["sk"]["S"]:
            label = read_label(item)
            labels.setdefault(label.prediction_id, []).append(label)
        else:
            entries += unpack(item["body"]["B"])
    return [LogRow(entry, counting(labels.get(entry.id, ()))) for entry in entries]
