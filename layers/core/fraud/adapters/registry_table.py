"""The model registry for those who look around in it: listing and history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fraud.adapters.aws_errors import translated
from fraud.adapters.items import from_item
from fraud.adapters.models_table import HISTORY, MODELS, ModelsTable
from fraud.adapters.page_tokens import decode_token, encode_token
from fraud.domain.errors import BadRequest
from fraud.domain.model_cards import ModelRecord
from fraud.domain.registry import HistoryEntry

NEWEST_FIRST_INDEX = "by_created"
TOKEN_KEYS = ("pk", "sk", "created_at")
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
            query["ExclusiveStartKey"] = _start_key(token)
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


def _start_key(token: str) -> dict[str, Any]:
    key = decode_token(token, TOKEN_KEYS)
    if key["pk"] != {"S": MODELS} or not all(_is_text(value) for value in key.values()):
        raise BadRequest("the page token is not one of ours; start again without it")
    return key


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["S"] and isinstance(value["S"], str)
