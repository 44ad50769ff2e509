"""The model registry: one row per model, and the pointer that predictions follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import error_code, translated
from fraud.adapters.items import from_item, to_attributes, to_item
from fraud.domain.errors import Conflict
from fraud.domain.model_cards import Champion, ModelRecord, ModelState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MODELS = "model"
POINTERS = "pointer"
CHAMPION = "champion"


class ModelsTable:
    """Rows `model/<name>`, and `pointer/champion`."""

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

    def release(
        self, name: str, current: Champion | None, now: datetime, client: str, reason: str
    ) -> Champion:
        """Enable a model: old one off, new one on, pointer moved, in one transaction.

        Raises
        ------
        Conflict
            When another release came first: `current` is no longer the pointer.
        """
        champion = Champion(
            name=name,
            previous=current.name if current else None,
            revision=current.revision + 1 if current else 1,
            released_at=now,
            released_by=client,
            reason=reason,
        )
        writes = [self._pointer_moved(champion, current), self._state_set(name, CHAMPION)]
        if current and current.name != name:
            writes.append(self._state_set(current.name, ModelState.ARCHIVED))
        from botocore.exceptions import ClientError  # noqa: PLC0415 - predict never gets here

        # The same release sent again, after its answer was lost, is recognised by its token.
        token = sha256(f"{name}:{champion.revision}:{now.isoformat()}".encode()).hexdigest()[:36]
        try:
            self._client.transact_write_items(TransactItems=writes, ClientRequestToken=token)  # type: ignore[arg-type]
        except ClientError as e:
            if error_code(e) == "TransactionCanceledException":
                raise Conflict("another release came first; look at the models again") from e
            with translated("releasing the model"):
                raise
        return champion

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

    def _pointer_moved(self, champion: Champion, current: Champion | None) -> dict[str, Any]:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": to_item(champion, pk=POINTERS, sk=CHAMPION),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if current:
            put["ConditionExpression"] = "revision = :seen"
            put["ExpressionAttributeValues"] = to_attributes({":seen": current.revision})
        return {"Put": put}

    def _state_set(self, name: str, state: str) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_attributes({"pk": MODELS, "sk": name}),
                "UpdateExpression": "SET #s = :state",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeNames": {"#s": "state"},
                "ExpressionAttributeValues": to_attributes({":state": str(state)}),
            }
        }

    def _read(self, pk: str, sk: str) -> dict[str, Any] | None:
        with translated("reading the model registry"):
            answer = self._client.get_item(
                TableName=self._table, Key=to_attributes({"pk": pk, "sk": sk}), ConsistentRead=True
            )
        return answer.get("Item")
