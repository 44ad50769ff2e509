"""The model registry: one row per model, and the pointers that predictions follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.domain.errors import Conflict
from fraud.domain.model_cards import Challenger, Champion, ModelRecord, Pointers

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

    def add(self, record: ModelRecord) -> None:
        """Register a model; registering the same one again changes nothing."""
        try:
            with translated("registering the model"):
                self._client.put_item(
                    TableName=self._table,
                    Item=to_item(record, pk=MODELS, sk=record.name),
                    ConditionExpression="attribute_not_exists(pk)",
                )
        except Conflict:
            known = self.get(record.name)
            if known is None or known.files != record.files:
                raise

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

    def note_decision(self, name: str, decision: Mapping[str, Any]) -> None:
        """Write into a model's row why it was enabled or not."""
        with translated("noting the decision on the model"):
            self._client.update_item(
                TableName=self._table,
                Key=to_attributes({"pk": MODELS, "sk": name}),
                UpdateExpression="SET decision = :decision",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=to_attributes({":decision": decision}),
            )

    def _read(self, pk: str, sk: str) -> dict[str, Any] | None:
        with translated("reading the model registry"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_attributes({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return answer.get("Item")
