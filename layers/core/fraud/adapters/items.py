"""Domain objects as DynamoDB items and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel

_serializer = TypeSerializer()
_deserializer = TypeDeserializer()


def to_item(model: BaseModel, **extra: Any) -> dict[str, Any]:
    """A model's JSON fields as attributes, with `extra` ones beside them; None is left out."""
    values = json.loads(model.model_dump_json(exclude_none=True), parse_float=Decimal)
    return to_attributes({**values, **extra})


def to_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as typed attributes."""
    return {name: _serializer.serialize(_decimal(value)) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes as plain values, numbers as int or float."""
    return {name: _plain(_deserializer.deserialize(value)) for name, value in item.items()}


def _decimal(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {k: _decimal(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_decimal(v) for v in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value
