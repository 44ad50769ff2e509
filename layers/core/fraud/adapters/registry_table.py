"""The model registry for those who look around in it: listing and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item
from fraud.adapters.models_table import HISTORY, MODELS, ModelsTable
from fraud.adapters.page_tokens import MOMENT, TokenForm, decode_token, encode_token
from fraud.domain.model_cards import ModelRecord
from fraud.domain.registry import HistoryEntry

NEWEST_FIRST_INDEX = "by_created"
TOKEN_FORM: TokenForm = {
    "pk": ("S", MODELS),
    "sk": ("S", r"[\w.-]{1,200}"),
    "created_at": ("S", MOMENT),
}
MAX_HISTORY = 100


@dataclass(frozen=True)
class ModelPage:
    """Some models, newest first, and where the next page starts."""

    models: list[ModelRecord]
    next_token: str | None


class RegistryTable(ModelsTable):
    """Listings of `model/<name>`, and `history/<name>`, which has one item for each change."""

    def newest(self, limit: int, token: str | None) -> ModelPage:
        """A page of models, newest first; a change may show a moment late.

        Raises
        ------
        BadRequest
            When the token is not one of ours.
        """
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": NEWEST_FIRST_INDEX,
            "KeyConditionExpression": "pk = :model",
            "ExpressionAttributeValues": {":model": {"S": MODELS}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if token is not None:
            query["ExclusiveStartKey"] = decode_token(token, TOKEN_FORM)
        with translated("listing models"):
            answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return ModelPage(
            [ModelRecord.model_validate(from_item(item)) for item in answer["Items"]],
            encode_token(last) if last else None,
        )

    def history(self, name: str) -> list[HistoryEntry]:
        """A model's changes, newest first, at most `MAX_HISTORY`."""
        with translated("reading the model's history"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :history",
                ExpressionAttributeValues={":history": {"S": f"{HISTORY}{name}"}},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=MAX_HISTORY,
            )
        return [HistoryEntry.model_validate(from_item(item)) for item in answer["Items"]]
