"""The model registry: one row per model, and the pointers that predictions follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes
from fraud.domain.model_cards import (
    Challenger,
    Champion,
    ModelRecord,
    Pointers,
    name_prefix,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MODELS = "model"
POINTERS = "pointer"
CHAMPION = "champion"
CHALLENGER = "challenger"
HISTORY = "history/"


class ModelsTable:
    """Rows `model/<name>`, and the pointers `pointer/champion` and `pointer/challenger`."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def get(self, name: str) -> ModelRecord | None:
        """One model's row."""
        item = self._read(MODELS, name)
        return ModelRecord.model_validate(from_item(item)) if item else None

    def champion(self) -> Champion | None:
        """The pointer to the enabled model, None before the first release."""
        item = self._read(POINTERS, CHAMPION)
        return Champion.model_validate(from_item(item)) if item else None

    def pointers(self) -> Pointers:
        """Both pointers, in one consistent read."""
        with translated("reading the pointers"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pointer",
                ExpressionAttributeValues={":pointer": {"S": POINTERS}},
                ConsistentRead=True,
            )
        found = {item["sk"]["S"]: from_item(item) for item in answer["Items"]}
        champion, challenger = found.get(CHAMPION), found.get(CHALLENGER, {})
        return Pointers(
            Champion.model_validate(champion) if champion else None,
            # One that has ended leaves its revision behind, but no name.
            Challenger.model_validate(challenger) if "name" in challenger else None,
            challenger.get("revision", 0),
        )

    def of_training(self, training_id: int) -> ModelRecord | None:
        """The model that a training has registered, if it came that far."""
        with translated("looking for the training's model"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :model AND begins_with(sk, :prefix)",
                ExpressionAttributeValues=to_attributes(
                    {":model": MODELS, ":prefix": f"{name_prefix(training_id)}-"}
                ),
                ConsistentRead=True,
                Limit=1,
            )
        items = answer["Items"]
        return ModelRecord.model_validate(from_item(items[0])) if items else None

    def _read(self, pk: str, sk: str) -> dict[str, Any] | None:
        with translated("reading the model registry"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_attributes({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return answer.get("Item")
