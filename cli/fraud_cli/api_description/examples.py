"""Recorded exchanges of every operation, shown where they belong.

`examples.json` holds requests and answers of a stack that `fraud up` made, one for each form an
answer had; `tests/e2e/record_examples.py` writes it, and a test holds them against the schemas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")
SCHEMA_PREFIX = "#/components/schemas/"


def add_examples(document: dict[str, Any]) -> None:
    """Show every operation's exchanges, and in every schema the first value of its kind."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    for content, value in _recorded(document, recorded):
        examples = content.setdefault("examples", {})
        if value not in (known["value"] for known in examples.values()):
            examples[f"recorded{len(examples) + 1}"] = {"value": value}
        _show(content["schema"], value, schemas)
    for answer in document["components"]["responses"].values():
        for content in answer["content"].values():
            for example in content["examples"].values():
                _show(content["schema"], example["value"], schemas)


def _recorded(
    document: dict[str, Any], recorded: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every recorded value, with the content that it belongs to."""
    for operations in document["paths"].values():
        for operation in operations.values():
            success = next(a for s, a in operation["responses"].items() if s.startswith("2"))
            for exchange in recorded.get(operation["operationId"], []):
                if "request" in exchange:
                    body = operation["requestBody"]["content"]
                    yield body["application/json"], exchange["request"]
                yield next(iter(success["content"].values())), exchange["answer"]


def _show(schema: dict[str, Any], value: Any, schemas: dict[str, Any]) -> None:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMA_PREFIX)
        target = schemas[name]
        if value is not None and "examples" not in target:
            target["examples"] = [value]
        _show(target, value, schemas)
        return
    if isinstance(value, dict):
        for name, held in value.items():
            further = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            if isinstance(further, dict):
                _show(further, held, schemas)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for held in value:
            _show(schema["items"], held, schemas)
    for choice in schema.get("anyOf", []):
        if _fits(choice, value, schemas):
            _show(choice, value, schemas)
            return


def _fits(schema: dict[str, Any], value: Any, schemas: dict[str, Any]) -> bool:
    """Whether an alternative is the one that a value was made from, by its required fields."""
    target = schemas.get(schema.get("$ref", "").removeprefix(SCHEMA_PREFIX), schema)
    if isinstance(value, dict):
        names = set(target.get("properties", {}))
        return set(target.get("required", ())) <= value.keys() <= names if names else False
    return value is not None and "properties" not in target and target.get("type") != "null"
