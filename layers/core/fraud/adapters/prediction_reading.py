"""The prediction log, as one entry is read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import to_attributes
from fraud.domain.errors import NotFound
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class KeptPrediction:
    """A logged prediction, and until when it is kept, in seconds since 1970."""

    entry: PredictionEntry
    expires_at: int


class PredictionReading:
    """Finds predictions by their ids, which say where they are."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def get(self, prediction_id: PredictionId) -> KeptPrediction:
        """Read one prediction.

        Raises
        ------
        NotFound
            When it was never made, or has expired: expired items linger for days before DynamoDB
            removes them, and must not be seen.
        """
        with translated("reading the prediction"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=to_attributes(prediction_id.log_key._asdict()),
                ConsistentRead=True,
            )
        item: dict[str, Any] = answer.get("Item") or {}
        expires_at = int(item["expires_at"]["N"]) if item else 0
        if expires_at > time.time():
            for entry in unpack(item["body"]["B"]):
                if entry.id == prediction_id:
                    return KeptPrediction(entry, expires_at)
        raise NotFound(f"there is no prediction {prediction_id}")
