"""What went over the wire, held against the API's description."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from openapi_schema_validator import OAS31Validator

JSON = "application/json"


def operation_of(document: dict[str, Any], exchange: dict[str, Any]) -> dict[str, Any]:
    """The operation that an exchange belongs to; a path without parameters first."""
    path = exchange["path"].partition("/api/v1")
    for template in sorted(document["paths"], key=lambda known: known.count("{")):
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        operation = document["paths"][template].get(exchange["method"].lower())
        if operation and re.fullmatch(pattern, path[1] + path[2]):
            return dict(operation)
    raise AssertionError(f"{exchange['method']} {exchange['path']} is not described")


def complaints(document: dict[str, Any], exchange: dict[str, Any]) -> Iterator[str]:
    """What an exchange has that the description has not, or has otherwise."""
    operation = operation_of(document, exchange)
    where = f"{operation['operationId']} {exchange['status']}"
    answer = operation["responses"].get(str(exchange["status"]))
    if answer is None:
        yield f"{where}: this status is not described"
        return
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer["content"].get(exchange["content_type"])
    if content is None:
        yield f"{where}: {exchange['content_type']} is not described"
        return
    yield from _problems(document, where, content["schema"], exchange["answer"])
    sent = exchange["request"]
    # A batch that skips bad transactions may hold some.
    if sent is not None and exchange["status"] < 300 and sent.get("on_error") != "skip":
        body = operation["requestBody"]["content"][JSON]["schema"]
        yield from _problems(document, f"{where}, request", body, sent)
    described = {name.lower() for name in answer.get("headers", {})}
    for name in {"location", "retry-after", "idempotency-replayed"} & exchange["headers"].keys():
        if name not in described:
            yield f"{where}: the header {name} is not described"


def _problems(
    document: dict[str, Any], where: str, schema: dict[str, Any], value: Any
) -> Iterator[str]:
    components = _closed(document["components"])
    for problem in OAS31Validator({**schema, "components": components}).iter_errors(value):
        yield f"{where}: {problem.json_path} {problem.message[:300]}"


def _closed(part: Any) -> Any:
    """The schemas with every object closed that does not say it is open."""
    if isinstance(part, list):
        return [_closed(held) for held in part]
    if not isinstance(part, dict):
        return part
    closed = {name: _closed(held) for name, held in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") == "object":
        closed.setdefault("additionalProperties", False)
    return closed


def parts_of(value: Any, place: str = "") -> frozenset[str]:
    """Where a value has anything: two answers of one form have the same."""
    if isinstance(value, dict):
        return frozenset().union(*(parts_of(v, f"{place}.{k}") for k, v in value.items()))
    if isinstance(value, list):
        return frozenset().union(*(parts_of(held, place) for held in value))
    return frozenset() if value is None else frozenset({place})


def example_of(exchange: dict[str, Any], root_url: str) -> dict[str, Any]:
    """An exchange as the description shows it: no address of this machine, nothing endless."""
    shown = {
        name: _shortened(copy.deepcopy(exchange[name]))
        for name in ("request", "answer")
        if exchange[name] is not None
    }
    if exchange["content_type"] != JSON:
        shown["answer"] = "<!doctype html>…"
    if shown.get("request", {}).get("on_error") == "skip":
        del shown["request"]  # it holds what the schema forbids
    text = json.dumps(shown, ensure_ascii=False)
    endpoint = root_url.partition("/_aws")[0]
    text = text.replace(endpoint, "https://s3.us-east-1.amazonaws.com")
    return dict(json.loads(re.sub(r"\?(X-Amz|AWSAccess)[^\"]*", "?X-Amz-Signature=…", text)))


def _shortened(value: Any) -> Any:
    if isinstance(value, list):
        return [_shortened(held) for held in value[:4]]
    if not isinstance(value, dict):
        return value
    if "score_quantiles" in value:  # a card: what identifies it
        value = {name: value[name] for name in ("name", "algorithm", "seed", "split", "dataset")}
    return {name: _shortened(held) for name, held in value.items()}
