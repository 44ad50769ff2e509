"""One partition of the prediction log, read from a position downwards.

Labels lie between the predictions. Those of a prediction sort after the item that it is in,
`…-17#label#` after `…-0` and `…-250#label#` after `…-1`: reading downwards meets them first.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fraud.adapters.aws_errors import translated
from fraud.adapters.label_items import read_label
from fraud.domain.labels import MARK, Label
from fraud.domain.log_listing import LogPosition, Wanted
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Found(NamedTuple):
    """A prediction and its place in the log: sort key of its item, index in its batch or 0."""

    place: tuple[str, int]
    entry: PredictionEntry

    @property
    def position(self) -> LogPosition:
        """How far a listing has come that ends with this one."""
        return LogPosition(self.place[0], self.entry.id.index)


class LogShard:
    """The wanted predictions of one partition, as far as it has been read.

    Attributes
    ----------
    found
        Newest first.
    reached
        The lowest key read so far; None when nothing is left below.
    """

    def __init__(
        self, client: DynamoDBClient, table_name: str, pk: str, wanted: Wanted, start: LogPosition
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._start = start
        self._query = {"TableName": table_name, **_expressions(pk, wanted, start)}
        self.found: list[Found] = []
        self.labels: defaultdict[PredictionId, list[Label]] = defaultdict(list)
        self.reached: str | None = start.sk

    def read(self, n_items: int) -> None:
        """Read on: that many items at most, predictions and labels together."""
        with translated("listing predictions"):
            answer = self._client.query(**self._query, Limit=n_items)
        for item in answer["Items"]:
            self._take(item["sk"]["S"], item)
        last = answer.get("LastEvaluatedKey")
        self.reached = str(last["sk"]["S"]) if last else None
        self._query["ExclusiveStartKey"] = last

    def _take(self, sk: str, item: Mapping[str, Any]) -> None:
        if MARK in sk:
            label = read_label(item)
            self.labels[label.prediction_id].append(label)
        elif sk != self._start.sk or self._start.index is not None:
            entries = reversed(unpack(item["body"]["B"]))
            self.found += [
                Found((sk, e.id.index or 0), e) for e in entries if self._is_wanted(sk, e)
            ]

    def _is_wanted(self, sk: str, entry: PredictionEntry) -> bool:
        listed = sk == self._start.sk and (entry.id.index or 0) >= (self._start.index or 0)
        return not listed and self._wanted.outcome in {None, entry.outcome}


def _expressions(pk: str, wanted: Wanted, start: LogPosition) -> dict[str, Any]:
    equal = {"client": wanted.client, "model": wanted.model_name, "outcomes": wanted.outcome}
    asked = {name: value for name, value in equal.items() if value is not None}
    conditions = [
        f"contains(#{name}, :{name})" if name == "outcomes" else f"#{name} = :{name}"
        for name in asked
    ]
    unexpired = "#expires_at > :now"
    # Labels have to come along whoever sent them.
    matching = f" AND (attribute_exists(#labelled_at) OR {' AND '.join(conditions)})"
    names = ("pk", "sk", "expires_at", *asked, *(["labelled_at"] if asked else []))
    return {
        "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :low AND :high",
        "FilterExpression": unexpired + (matching if asked else ""),
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
        "ExpressionAttributeValues": {
            ":pk": {"S": pk},
            ":low": {"S": wanted.lowest},
            ":high": {"S": start.sk},
            ":now": {"N": str(int(time.time()))},
            **{f":{name}": {"S": value} for name, value in asked.items()},
        },
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }
