"""Domain objects as DynamoDB items and back.

As boto3.dynamodb.types does it, without importing boto3 for that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from pydantic import BaseModel


def to_item(model: BaseModel, **extra: Any) -> dict[str, Any]:
    """A model's JSON fields as attributes, with `extra` ones beside them; None is left out."""
    values = json.loads(model.model_dump_json(exclude_none=True), parse_float=Decimal)
    return to_attributes({**values, **extra})


def to_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as typed attributes.

    Raises
    ------
    TypeError
        When DynamoDB has no type for a value.
    """
    return {name: _attribute(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item's attributes as plain values, numbers as int or float."""
    return {name: _plain(attribute) for name, attribute in item.items()}


def _attribute(value: Any) -> dict[str, Any]:
    kind: str
    content: Any
    match value:
        case None:
            kind, content = "NULL", True
        case bool():
            kind, content = "BOOL", value
        case str():
            kind, content = "S", value
        case int() | float() | Decimal() if isfinite(value):
            kind, content = "N", str(value)
        case bytes():
            kind, content = "B", value
        case Mapping():
            kind, content = "M", to_attributes(value)
        case list() | tuple():
            kind, content = "L", [*map(_attribute, value)]
        case _:
            raise TypeError(f"DynamoDB has no type for a {type(value).__name__}")
    return {kind: content}


def _plain(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    return _PLAIN[kind](value)


def _number(digits: str) -> int | float:
    number = Decimal(digits)
    return int(number) if number == number.to_integral_value() else float(number)


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "NULL": lambda _: None,
    "BOOL": bool,
    "S": str,
    "N": _number,
    "B": bytes,
    "M": from_item,
    "L": lambda elements: [_plain(element) for element in elements],
    "SS": set,
    "NS": lambda numbers: set(map(_number, numbers)),
    "BS": set,
}
