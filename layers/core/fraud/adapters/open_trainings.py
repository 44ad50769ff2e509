"""The trainings table for the sweeper: what has not ended, and what datasets are still named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes
from fraud.adapters.job_leases import STATES, sortable
from fraud.adapters.jobs_table import NEWEST_FIRST_INDEX
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.trainings import Training

UNCHANGED = "#status = :status AND updated_at = :seen"


class OpenTrainings(TrainingsTable):
    """Reads by the index over the time of creation, oldest first; never the whole table."""

    def unfinished(self, since: datetime) -> Iterator[Training]:
        """Trainings asked for since a moment that are pending or processing."""
        filters = {
            "FilterExpression": "#status IN (:pending, :processing)",
            "ExpressionAttributeNames": {"#status": "status"},
        }
        for item in self._created_since(since, filters, STATES):
            yield Training.model_validate(from_item(item))

    def dataset_copies(self, since: datetime) -> set[str]:
        """Keys of the datasets' copies that trainings asked for since a moment name."""
        projection = {
            "ProjectionExpression": "dataset_copy",
            "FilterExpression": "attribute_exists(dataset_copy)",
        }
        return {item["dataset_copy"]["S"] for item in self._created_since(since, projection, {})}

    def note_queued(self, training: Training, now: datetime) -> bool:
        """Write down that a training is queued again, if it is still as it was read.

        Returns
        -------
        bool
            False when it has changed since: somebody is at it, or it has ended.
        """
        seen = {":status": training.status, ":seen": sortable(training.updated_at)}
        try:
            self._set(training.id, {"updated_at": sortable(now)}, UNCHANGED, seen)
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return False
            with translated("noting that the training is queued again"):
                raise
        return True

    def _created_since(
        self, since: datetime, options: dict[str, Any], compared: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": NEWEST_FIRST_INDEX,
            "KeyConditionExpression": "kind = :kind AND created_at >= :since",
            "ExpressionAttributeValues": to_attributes(
                {":kind": self.kind, ":since": sortable(since), **compared}
            ),
            **options,
        }
        while True:
            with translated("looking through trainings"):
                answer = self._client.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
