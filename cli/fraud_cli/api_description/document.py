"""The whole document: every function's own routes and models, put together."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from fraud.domain.access import ROUTES
from fraud.http.api import Api, describing
from fraud.http.idempotency import HEADER, KEY_PATTERN, REPLAYED_HEADER
from fraud_cli.api_description import errors, glossary
from fraud_cli.api_description.examples import add_examples

TITLE = "Fraud detection API"
DESCRIPTION = """Trains models from a CSV link, answers predictions with reasons, logs every one.

**Keys.** Every route but `/api/v1/status` and the documentation needs an API key in the
`X-Api-Key` header; its scopes decide what it opens, and `admin` opens everything. A client sees its
own trainings and predictions only.

**Units.** Amounts are in the currency units of the dataset a model was trained on; the API never
converts. Probabilities and shares lie in 0 to 1, contributions are in log-odds, times are
RFC 3339 in UTC, and names end in their unit where they have one (`latency_ms`, `expires_s`).

**Errors** always have the form `{"error": {"code", "message", "field"?, "fields"?, "request_id"}}`.
`code` is for programs and stays, `message` is for people.
"""
SECURITY_SCHEME = "apiKey"
KEY_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "X-Api-Key",
    "description": "Made by `fraud keys create NAME -s SCOPE`, shown once, revocable. Looks like "
    "`fd_live_…`; scopes are `predict`, `train`, `read` and `admin`.",
}
SERVERS = [
    {"url": ".", "description": "Where this description was loaded from."},
    {
        "url": "https://{api_id}.execute-api.{region}.amazonaws.com/{stage}",
        "description": "A stack on AWS; the output `ApiUrl` of the stack.",
        "variables": {
            "api_id": {"default": "abcde12345", "description": "The stack's output `ApiId`."},
            "region": {"default": "us-east-1", "description": "The stack's region."},
            "stage": {"default": "live", "description": "The stack's output `StageName`."},
        },
    },
]
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes the request safe to send again: a new value, such as a UUID, for "
    "everything that must happen once, and the same value in retries of it. For 24 hours after a "
    "2xx answer, the same request (client, route, path, and the body character by character) gets "
    f"that answer again, byte for byte, with the header `{REPLAYED_HEADER}: true`. After any other "
    "answer the key can be used again.",
    "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
    "example": "7c0e9f0a-4f0e-4f5e-9d0c-2b1a6f3d8e54",
}
REPLAYED = {
    "description": "`true` where this is the first answer again; absent otherwise.",
    "schema": {"type": "string", "const": "true"},
}
LOCATION = {
    "description": "Where to ask for what was made.",
    "schema": {"type": "string"},
    "example": "/live/api/v1/training/12",
}
# Powertools' own error forms; ours is in every route's answers.
NOT_OURS = {"HTTPValidationError", "ValidationError", "ResponseValidationError"}
ACCEPTED = "202"
LINKS: Mapping[str, tuple[str, Mapping[str, Mapping[str, str]]]] = {
    "postTraining": ("202", {"getTraining": {"id": "$response.body#/id"}}),
    "postPrediction": (
        "200",
        {
            "getPrediction": {"prediction_id": "$response.body#/prediction_id"},
            "postLabel": {"prediction_id": "$response.body#/prediction_id"},
        },
    ),
}
"""Operation -> the status whose answer leads on, and to which operations by which parameters."""


def describe_api(functions_dir: Path) -> dict[str, Any]:
    """Merge the descriptions of all functions.

    Parameters
    ----------
    functions_dir
        Holds one folder with an `app.py` for each function; those with an `api` are described.

    Returns
    -------
    dict
        An OpenAPI 3.1 document.

    Raises
    ------
    ValueError
        When two functions describe different things under one name.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version("fraud-detection-api"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": SERVERS,
        "security": [{SECURITY_SCHEME: []}],
        "tags": [],
        "paths": {},
        "components": {
            "schemas": {},
            "responses": {},
            "securitySchemes": {SECURITY_SCHEME: KEY_SCHEME},
        },
    }
    for app in sorted(functions_dir.glob("*/app.py")):
        with describing():
            api = getattr(_load(app), "api", None)
        if api is not None:
            _merge(document, json.loads(api.get_openapi_json_schema()), api)
    document["tags"] = glossary.tags(_used_tags(document))
    glossary.describe_fields(document["components"]["schemas"])
    add_examples(document)
    document["paths"] = dict(sorted(document["paths"].items()))
    for kind in ("schemas", "responses"):
        document["components"][kind] = dict(sorted(document["components"][kind].items()))
    return document


def _merge(document: dict[str, Any], part: dict[str, Any], api: Api) -> None:
    for path, operations in part.get("paths", {}).items():
        for method, operation in operations.items():
            idempotent = (method.upper(), path) in api.idempotent_routes
            _finish(operation, method, path, idempotent=idempotent)
            errors.share_errors(operation, document["components"]["responses"])
        document["paths"].setdefault(path, {}).update(operations)
    known = document["components"]["schemas"]
    for name, schema in part.get("components", {}).get("schemas", {}).items():
        if name in NOT_OURS:
            continue
        if known.setdefault(name, schema) != schema:
            raise ValueError(f"two different models are called {name}; one needs another name")


def _finish(operation: dict[str, Any], method: str, path: str, *, idempotent: bool) -> None:
    route = next(r for r in ROUTES if r.path == path and r.method == method.upper())
    if not route.scopes:
        operation["security"] = []
    else:
        scopes = ", ".join(f"`{scope}`" for scope in sorted(route.scopes))
        operation["description"] = f"{operation['description']}\n\nScopes that open it: {scopes}."
    for parameter in operation.get("parameters", []):
        glossary.describe_parameter(parameter)
    answers = operation["responses"]
    if "HTTPValidationError" in json.dumps(answers.get("422", {})):
        del answers["422"]
    if ACCEPTED in answers:
        answers[ACCEPTED]["headers"] = {"Location": LOCATION}
    if idempotent:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        success = next(answer for status, answer in answers.items() if status.startswith("2"))
        success.setdefault("headers", {})[REPLAYED_HEADER] = REPLAYED
    if operation["operationId"] in LINKS:
        status, targets = LINKS[operation["operationId"]]
        answers[status]["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in targets.items()
        }


def _used_tags(document: dict[str, Any]) -> list[str]:
    operations = (o for methods in document["paths"].values() for o in methods.values())
    return sorted({tag for operation in operations for tag in operation["tags"]})


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"described_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render(document: dict[str, Any]) -> str:
    """The document as it is committed and served."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
