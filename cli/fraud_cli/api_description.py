"""The OpenAPI description of the whole API, put together from every function's own routes."""

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

TITLE = "Fraud detection API"
DESCRIPTION = """Trains models from a CSV link, answers predictions with reasons, logs every one.

Every route but `/api/v1/status` and the documentation needs an API key in the `X-Api-Key` header.
Errors always have the form `{"error": {"code", "message", "field"?, "fields"?, "request_id"}}`.
"""
SECURITY_SCHEME = "apiKey"
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
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": version("fraud-detection-api"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "Where this description was loaded from."}],
        "security": [{SECURITY_SCHEME: []}],
        "paths": {},
        "components": {
            "schemas": {},
            "securitySchemes": {
                SECURITY_SCHEME: {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
            },
        },
    }
    for app in sorted(functions_dir.glob("*/app.py")):
        with describing():
            api = getattr(_load(app), "api", None)
        if api is not None:
            _merge(document, json.loads(api.get_openapi_json_schema()), api)
    document["paths"] = dict(sorted(document["paths"].items()))
    document["components"]["schemas"] = dict(sorted(document["components"]["schemas"].items()))
    return document


def _merge(document: dict[str, Any], part: dict[str, Any], api: Api) -> None:
    for path, operations in part.get("paths", {}).items():
        for method, operation in operations.items():
            _finish(operation, method, path)
            if (method.upper(), path) in api.idempotent_routes:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        document["paths"].setdefault(path, {}).update(operations)
    schemas = part.get("components", {}).get("schemas", {})
    # Powertools' own error form; ours is in every route's answers.
    document["components"]["schemas"] |= {
        name: schema
        for name, schema in schemas.items()
        if name not in {"HTTPValidationError", "ResponseValidationError", "ValidationError"}
    }


def _finish(operation: dict[str, Any], method: str, path: str) -> None:
    route = next(r for r in ROUTES if r.path == path and r.method == method.upper())
    if not route.scopes:
        operation["security"] = []
    else:
        scopes = ", ".join(f"`{scope}`" for scope in sorted(route.scopes))
        operation["description"] = f"{operation['description']}\n\nScopes that open it: {scopes}."
    default = operation["responses"].get("422", {})
    if "HTTPValidationError" in json.dumps(default):
        del operation["responses"]["422"]
    operation["responses"] = dict(sorted(operation["responses"].items()))
    if operation["operationId"] in LINKS:
        status, targets = LINKS[operation["operationId"]]
        operation["responses"][status]["links"] = {
            target: {"operationId": target, "parameters": dict(parameters)}
            for target, parameters in targets.items()
        }


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
