"""Reads the corpus of adversarial inputs, and checks the answers to them.

`corpus.jsonl` has one case a line:

- `number`, `name`: the number is that of the list the cases were drawn from; several share one;
- `method`, `path`, `body`: text, or a list of texts and `{"repeat": text, "times": n}`, in which a
  `#` stands for the number of the repetition; a body may also be `{"base64": text}` for bytes that
  are no text, or `{"gzip": body}`;
- `headers`: pairs; by default a Content-Type of JSON where there is a body, and nothing else;
- `{"key": kind}` within path or headers: the API key, or what `keys_like` makes of it;
- `is_base64`: what the gateway says of the body; `key`: false for a request without an API key, or
  whose headers bring one;
- `status`, `code`, `field`: the answer, one or a list of those that will do;
- `by_front`: true where the HTTP server in front of the API answers, in a form of its own;
- `never`: what must not come back, nor be logged;
- `where`: `handler` for the function alone, `stack` for the deployed API; `why` says why not both,
  or why the answer may surprise.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from fraud.domain.keys import Scope, create_key

CORPUS = Path(__file__).with_name("corpus.jsonl")
JSON_TYPE = ["Content-Type", "application/json"]
TRAINING = "/api/v1/training/"
TRACES = ("Traceback", 'File "', "site-packages", "botocore", "pydantic", "aws_lambda_powertools")
PARTS_OF_AN_ERROR = {"code", "message", "field", "fields", "request_id"}


@dataclass(frozen=True)
class Case:
    """One request, and what must be answered."""

    line: dict[str, Any]

    @property
    def id(self) -> str:
        return f"{self.line['number']} {self.line['name']}"

    @property
    def method(self) -> str:
        return str(self.line["method"])

    @property
    def path(self) -> str:
        return _text(self.line["path"])

    @property
    def body(self) -> bytes | None:
        return _bytes(self.line["body"]) if "body" in self.line else None

    @property
    def headers(self) -> list[list[str]]:
        default = [JSON_TYPE] if self.method == "POST" else []
        return [[name, _text(value)] for name, value in self.line.get("headers", default)]

    @property
    def has_key(self) -> bool:
        return bool(self.line.get("key", True))

    @property
    def function(self) -> str:
        """The function that the gateway would ask; about a key it asks the authorizer."""
        if "key" in self.line:
            return "authorizer"
        return "training" if self.path.startswith(TRAINING.rstrip("/")) else "predict"

    @property
    def statuses(self) -> list[int]:
        """Those that will do."""
        return _listed(self.line["status"])

    @property
    def never(self) -> list[str]:
        return list(self.line.get("never", []))

    def with_key(self, key: str) -> Case:
        """The case with an API key in the places for it."""
        return Case({**self.line, **_filled(self.line, keys_like(key))})

    def event(self) -> dict[str, Any]:
        """The request as API Gateway hands it to the function."""
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        path = unquote(parts.path)
        resource = TRAINING + "{id}" if path.startswith(TRAINING) else path
        body = self.body
        return {
            "resource": resource,
            "path": path,
            "httpMethod": self.method,
            "headers": dict(self.headers),
            "multiValueHeaders": {
                name: [v for n, v in self.headers if n == name] for name, _ in self.headers
            },
            "queryStringParameters": {k: v[-1] for k, v in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": {"id": path.removeprefix(TRAINING)} if "{" in resource else None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource,
                "httpMethod": self.method,
                "path": f"/live{path}",
                "stage": "live",
                "requestId": "request-1",
                "identity": {"sourceIp": "203.0.113.7"},
                "authorizer": {"principalId": "tests", "client": "tests", "scopes": "admin"},
            },
            # Bytes that are no text reach a function as replacement characters.
            "body": None if body is None else body.decode("utf-8", errors="replace"),
            "isBase64Encoded": self.line.get("is_base64", False),
        }

    def check(self, status: int, content_type: str, text: str) -> None:
        """Compare an answer with what must be answered.

        Raises
        ------
        AssertionError
            With the answer, when it is another one.
        """
        shown = f"{status} {content_type}: {text[:2000]}"
        assert status in self.statuses, shown
        if self.method == "HEAD" or self.line.get("by_front"):
            return
        assert content_type.split(";", maxsplit=1)[0] == "application/json", shown
        answer = json.loads(text)
        assert bool(answer.get("error")) == (status >= 400), shown
        if status >= 400:
            self._check_error(answer["error"], shown)
        said = json.dumps(_without_request_ids(answer), ensure_ascii=False)
        for word in (*TRACES, *self.never):
            assert word not in said, f"{word!r} in {shown}"

    def _check_error(self, error: dict[str, Any], shown: str) -> None:
        assert error.keys() <= PARTS_OF_AN_ERROR, shown
        assert error["code"] in _listed(self.line["code"]), shown
        assert isinstance(error["message"], str), shown
        assert error["message"].strip(), shown
        assert isinstance(error["request_id"], str), shown
        assert error["request_id"], shown
        if "field" in self.line:
            assert error["field"] == self.line["field"], shown


def cases(where: str) -> list[Case]:
    """The cases for the function alone (`handler`) or the deployed API (`stack`)."""
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [Case(line) for line in lines if where in line["where"]]


def keys_like(key: str) -> dict[str, str]:
    """A key, and what resembles it."""
    environment, secret = key.removeprefix("fd_").split("_")
    start = f"fd_{environment}_"
    other = {"local": "live"}.get(environment, "test")
    scopes, now = [Scope.ADMIN], datetime.now(UTC)
    flipped = "A" if secret[20] != "A" else "B"
    last = "A" if secret[-1] != "A" else "B"
    return {
        "sound": key,
        "wrong prefix": f"sk_{environment}_{secret}",
        "bad checksum": key[:-1] + last,
        "flipped": f"{start}{secret[:20]}{flipped}{secret[21:]}",
        "truncated": key[:-1],
        "upper case": key.upper(),
        "fullwidth": "".join(chr(ord(c) + 0xFEE0) for c in key),
        "unknown": create_key(environment, "nobody", scopes, now).key,
        "other environment": create_key(other, "nobody", scopes, now).key,
    }


def _filled(recipe: Any, keys: Mapping[str, str]) -> Any:
    if isinstance(recipe, list):
        return [_filled(part, keys) for part in recipe]
    if not isinstance(recipe, dict):
        return recipe
    if recipe.keys() == {"key"}:
        return keys[recipe["key"]]
    return {name: _filled(part, keys) for name, part in recipe.items()}


def _text(recipe: Any) -> str:
    if isinstance(recipe, str):
        return recipe
    if isinstance(recipe, list):
        return "".join(map(_text, recipe))
    text, times = recipe["repeat"], recipe["times"]
    return "".join(text.replace("#", str(i)) for i in range(times)) if "#" in text else text * times


def _bytes(recipe: Any) -> bytes:
    if isinstance(recipe, dict) and "base64" in recipe:
        return base64.b64decode(recipe["base64"], validate=True)
    if isinstance(recipe, dict) and "gzip" in recipe:
        return gzip.compress(_bytes(recipe["gzip"]))
    return _text(recipe).encode()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _without_request_ids(answer: Any) -> Any:
    """The answer without what chance may have written."""
    if isinstance(answer, dict):
        return {k: _without_request_ids(v) for k, v in answer.items() if k != "request_id"}
    return [_without_request_ids(v) for v in answer] if isinstance(answer, list) else answer
