"""What the monitor has counted and concluded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.domain.errors import Conflict
from fraud.domain.health_now import HealthNow
from fraud.domain.hour_counts import HourCounts
from fraud.domain.label_counts import ArrivedLabels
from fraud.domain.retraining import Retraining
from fraud.domain.shadow_counts import Pair, ShadowCounts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOURS = "hour"
ARRIVALS = "labels"
SHADOWS = "shadow"
SHADOW_LABELS = "shadow-labels"
SUMMARY = ("summary", "latest")
RETRAINING = ("retraining", "latest")

KEPT_FOR = timedelta(days=180)
"""Longer than any window that is judged; the log itself is kept longer and can be counted again."""


EVER = datetime(2000, 1, 1, tzinfo=UTC)


class MonitoringTable:
    """Hours under `hour` and `labels`, and one item each for the summary and the retraining.

    A challenger's hours are under `shadow/<challenger>/<champion>` and `shadow-labels/...`.
    """

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def hours_counted(self, since: datetime) -> dict[datetime, datetime]:
        """When each hour of predictions was last counted."""
        return self._counted(HOURS, since)

    def arrivals_counted(self, since: datetime) -> dict[datetime, datetime]:
        """When the labels that arrived in each hour were counted."""
        return self._counted(ARRIVALS, since)

    def save_hour(self, counts: HourCounts) -> None:
        """Put an hour's counts in place of those of an earlier look."""
        predictions = {name: model.predictions for name, model in counts.models.items()}
        self._save(HOURS, counts.hour, counts.counted_at, counts, {"predictions": predictions})

    def save_arrivals(self, counts: ArrivedLabels) -> None:
        """The same for the labels that arrived in an hour."""
        self._save(ARRIVALS, counts.hour, counts.counted_at, counts, {})

    def save_shadows(
        self, hour: datetime, at: datetime, pairs: Mapping[Pair, ShadowCounts]
    ) -> None:
        """The same for the challengers that scored beside a champion in an hour."""
        for pair, counts in pairs.items():
            self._save(_of(SHADOWS, pair), hour, at, counts, {})

    def save_shadow_labels(
        self, hour: datetime, at: datetime, pairs: Mapping[Pair, ShadowCounts]
    ) -> None:
        """The same for the labels of such predictions that arrived in an hour."""
        for pair, counts in pairs.items():
            self._save(_of(SHADOW_LABELS, pair), hour, at, counts, {})

    def shadow_total(self, pair: Pair) -> ShadowCounts:
        """Everything that was counted of a challenger beside a champion."""
        total = ShadowCounts()
        for kind in (SHADOWS, SHADOW_LABELS):
            for item in self._query(_of(kind, pair), EVER, None, "body"):
                total += ShadowCounts.model_validate_json(item["body"])
        return total

    def hours(self, since: datetime) -> list[HourCounts]:
        """Counted hours from `since` on, earliest first."""
        found = self._query(HOURS, since, None, "body")
        return [HourCounts.model_validate_json(item["body"]) for item in found]

    def arrivals(self, since: datetime) -> list[ArrivedLabels]:
        """The same for labels."""
        found = self._query(ARRIVALS, since, None, "body")
        return [ArrivedLabels.model_validate_json(item["body"]) for item in found]

    def predictions_of(self, model_name: str, since: datetime, until: datetime) -> int:
        """How many predictions of a model were counted in the hours from `since` to `until`."""
        found = self._query(HOURS, since, until, "predictions")
        return sum(item["predictions"].get(model_name, 0) for item in found)

    def summary(self) -> HealthNow | None:
        """What the monitor concluded last; one read."""
        item = self._get(*SUMMARY)
        return HealthNow.model_validate_json(item["body"]) if item else None

    def save_summary(self, summary: HealthNow) -> None:
        """Put the summary in place of an earlier one."""
        item = {
            "pk": SUMMARY[0],
            "sk": SUMMARY[1],
            "body": summary.model_dump_json(),
            "counted_at": _sortable(summary.as_of or datetime.min.replace(tzinfo=UTC)),
        }
        self._put_newer(item)

    def retraining(self) -> Retraining | None:
        """The last retraining that was claimed."""
        item = self._get(*RETRAINING)
        return Retraining.model_validate(item) if item else None

    def claim_retraining(self, claim: Retraining, last: Retraining | None) -> bool:
        """Take the right to retrain, if nobody has since `last` was seen; whether it was ours."""
        item = to_item(
            claim, pk=RETRAINING[0], sk=RETRAINING[1], claimed_at=_sortable(claim.claimed_at)
        )
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if last:
            condition = {
                "ConditionExpression": "claimed_at = :seen",
                "ExpressionAttributeValues": {":seen": {"S": _sortable(last.claimed_at)}},
            }
        try:
            with translated("claiming the retraining"):
                self._client.put_item(TableName=self._table, Item=item, **condition)
        except Conflict:
            return False
        return True

    def note_training(self, claim: Retraining, training_id: int) -> Retraining:
        """Write down which training a claim led to."""
        with suppress(Conflict), translated("noting the retraining"):
            self._client.update_item(
                TableName=self._table,
                Key=to_attributes({"pk": RETRAINING[0], "sk": RETRAINING[1]}),
                UpdateExpression="SET training_id = :id",
                ConditionExpression="claimed_at = :seen",
                ExpressionAttributeValues=to_attributes(
                    {":id": training_id, ":seen": _sortable(claim.claimed_at)}
                ),
            )
        return claim.model_copy(update={"training_id": training_id})

    def _save(
        self, kind: str, hour: datetime, at: datetime, counts: BaseModel, extra: dict[str, Any]
    ) -> None:
        self._put_newer(
            {
                "pk": kind,
                "sk": _key(hour),
                "counted_at": _sortable(at),
                "body": counts.model_dump_json(),
                "expires_at": int((hour + KEPT_FOR).timestamp()),
                **extra,
            }
        )

    def _put_newer(self, item: dict[str, Any]) -> None:
        # A run that began earlier and ends later must not put an older look in place of a newer.
        with suppress(Conflict), translated("keeping what was counted"):
            self._client.put_item(
                TableName=self._table,
                Item=to_attributes(item),
                ConditionExpression="attribute_not_exists(pk) OR counted_at <= :counted_at",
                ExpressionAttributeValues=to_attributes({":counted_at": item["counted_at"]}),
            )

    def _counted(self, kind: str, since: datetime) -> dict[datetime, datetime]:
        return {
            datetime.strptime(f"{item['sk']}Z", f"{_HOUR_FORMAT}%z"): datetime.fromisoformat(
                item["counted_at"]
            )
            for item in self._query(kind, since, None, "sk, counted_at")
        }

    def _query(
        self, kind: str, since: datetime, until: datetime | None, attributes: str
    ) -> Iterator[dict[str, Any]]:
        """Hours from `since` to before `until`, earliest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :kind AND sk BETWEEN :since AND :until",
            ExpressionAttributeValues={
                ":kind": {"S": kind},
                ":since": {"S": _key(since)},
                ":until": {"S": _key(until - timedelta(hours=1)) if until else "~"},
            },
            ProjectionExpression=attributes,
            ConsistentRead=True,
        )
        with translated("reading what was counted"):
            for page in pages:
                yield from map(from_item, page["Items"])

    def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        with translated("reading what the monitor concluded"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_attributes({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return from_item(answer["Item"]) if "Item" in answer else None


def _of(kind: str, pair: Pair) -> str:
    # Names of models have no slash.
    return f"{kind}/{pair.challenger}/{pair.champion}"


_HOUR_FORMAT = "%Y-%m-%dT%H"


def _key(hour: datetime) -> str:
    return f"{hour.astimezone(UTC):{_HOUR_FORMAT}}"


def _sortable(moment: datetime) -> str:
    # One format, so that comparing the strings compares the moments.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
