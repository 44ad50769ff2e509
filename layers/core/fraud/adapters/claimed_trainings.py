"""The trainings table for the trainer: leases with fencing, progress, results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from fraud.adapters.aws_errors import CONDITION_FAILED, error_code, translated
from fraud.adapters.items import from_item, to_attributes
from fraud.adapters.trainings_table import (
    FREE,
    STATES,
    TrainingsTable,
    refused_because,
    sortable,
)
from fraud.domain.errors import LeaseLost
from fraud.domain.trainings import Training, TrainingStatus

HELD = "fence = :fence AND #status = :processing"


class ClaimedTrainings(TrainingsTable):
    """Trainings under a lease; a worker whose fence is not the newest can write nothing."""

    def claim(self, training_id: int, owner: str, now: datetime, lease_until: datetime) -> Training:
        """Take a training that is pending, or whose worker's lease ran out.

        Parameters
        ----------
        owner
            Unique to this attempt, so that a claim whose answer was lost is known as our own.

        Raises
        ------
        NotFound
            When there is no such training.
        Conflict
            When it has already ended; there is nothing to do.
        LeaseHeld
            When another worker has it.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=self._key(training_id),
                UpdateExpression=(
                    "SET #status = :processing, lease_owner = :owner, lease_until = :until, "
                    "updated_at = :now, started_at = if_not_exists(started_at, :now) "
                    "ADD attempts :one, fence :one"
                ),
                ConditionExpression=FREE,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=to_attributes(
                    {
                        **STATES,
                        ":owner": owner,
                        ":now": sortable(now),
                        ":until": sortable(lease_until),
                        ":one": 1,
                    }
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return _claimed_or_refused(training_id, e.response.get("Item"), owner, now)  # type: ignore[arg-type]
            with translated("claiming the training"):
                raise
        return Training.model_validate(from_item(answer["Attributes"]))

    def update(self, training: Training, now: datetime, **changes: Any) -> Training:
        """Write a claimed training's changes, if this worker still has it.

        Raises
        ------
        LeaseLost
            When another worker has claimed it since, or it has ended.
        """
        changes = {**changes, "updated_at": sortable(now)}
        try:
            return self._set(training.id, changes, HELD, _holding(training))
        except ClientError as e:
            if error_code(e) == CONDITION_FAILED:
                return _written_or_lost(training, e.response.get("Item"), now)  # type: ignore[arg-type]
            with translated("updating the training"):
                raise

    def held(self, training: Training) -> dict[str, Any]:
        """The condition that a claimed training is still this worker's, for a transaction."""
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": self._key(training.id),
                "ConditionExpression": HELD,
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": to_attributes(_holding(training)),
            }
        }


def _holding(training: Training) -> dict[str, Any]:
    return {":fence": training.fence, ":processing": TrainingStatus.PROCESSING}


def _claimed_or_refused(
    training_id: int, old: Mapping[str, Any] | None, owner: str, now: datetime
) -> Training:
    """The claim, if the one that was in the way is this very call, whose first answer was lost."""
    if old and from_item(old).get("lease_owner") == owner:
        return Training.model_validate(from_item(old))
    raise refused_because(training_id, old, now)


def _written_or_lost(training: Training, old: Mapping[str, Any] | None, now: datetime) -> Training:
    """The training, if it ended by this very call, whose first answer was lost."""
    known = Training.model_validate(from_item(old)) if old else None
    if known and known.fence == training.fence and known.updated_at == now:
        return known
    raise LeaseLost(f"training {training.id} is no longer this worker's")
