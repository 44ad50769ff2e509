"""Labels in the prediction log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.label_items import (
    ARRIVAL_SHARDS,
    arrival_partition,
    label_item,
    read_label,
)
from fraud.domain.labels import Label, labels_prefix
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.ulids import first_ulid

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_ARRIVAL_INDEX = "labels_by_arrival"
AFTER_ALL = "~"  # sorts after every character of our keys


class Labels:
    """Items beside their predictions: `<prediction id>#label#<how many came before>`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def add(self, label: Label, place: int, expires_at: int) -> None:
        """Keep a label as long as its prediction.

        Parameters
        ----------
        place
            How many labels of the prediction were known when this one was judged to be news.
        expires_at
            Seconds since 1970.

        Raises
        ------
        Conflict
            When another label has come in between.
        """
        with translated("keeping the label"):
            self._client.put_item(
                TableName=self._table,
                Item=label_item(label, place, expires_at),
                ConditionExpression="attribute_not_exists(pk)",
            )

    def of(self, prediction_id: PredictionId) -> list[Label]:
        """All labels of one prediction, in the order in which they arrived."""
        prefix = labels_prefix(prediction_id)
        return self._between(prediction_id, prefix, prefix + AFTER_ALL)

    def of_request(self, prediction_id: PredictionId) -> list[Label]:
        """All labels of a single prediction, or of all members of a batch."""
        return self._between(prediction_id, prediction_id.base, prediction_id.base + AFTER_ALL)

    def labels_arrived(self, since: datetime, until: datetime) -> Iterator[Label]:
        """Labels that arrived in a time, without those that have expired, in no order.

        The index is written after the label: one that arrived in the last seconds may be missing.

        Parameters
        ----------
        since, until
            To the millisecond; `until` is not in it any more.
        """
        day = since.astimezone(UTC).date()
        while day <= until.astimezone(UTC).date():
            for shard in range(ARRIVAL_SHARDS):
                yield from self._query(
                    "#day = :day AND #arrived BETWEEN :since AND :until",
                    {"#day": "arrived_on", "#arrived": "arrived"},
                    {
                        ":day": arrival_partition(day, shard),
                        ":since": first_ulid(since),
                        ":until": first_ulid(until),
                    },
                    IndexName=BY_ARRIVAL_INDEX,
                )
            day += timedelta(days=1)

    def _between(self, prediction_id: PredictionId, low: str, high: str) -> list[Label]:
        found = self._query(
            "#pk = :pk AND #sk BETWEEN :low AND :high",
            {"#pk": "pk", "#sk": "sk"},
            {":pk": prediction_id.log_key.pk, ":low": low, ":high": high},
            ConsistentRead=True,
        )
        return sorted(found, key=lambda label: label.id)

    def _query(
        self, keys: str, names: dict[str, str], values: dict[str, str], **how: Any
    ) -> Iterator[Label]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": keys,
            "FilterExpression": "attribute_exists(#label) AND #expires > :now",
            "ExpressionAttributeNames": {
                **names,
                "#label": "labelled_at",
                "#expires": "expires_at",
            },
            "ExpressionAttributeValues": {
                **{name: {"S": value} for name, value in values.items()},
                ":now": {"N": str(int(time.time()))},
            },
            **how,
        }
        while True:
            with translated("reading labels"):
                answer = self._client.query(**query)
            yield from map(read_label, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
