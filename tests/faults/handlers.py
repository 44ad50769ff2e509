"""The deployed functions' handlers, imported as Lambda does."""

from __future__ import annotations

import importlib.util
import json
from types import ModuleType
from typing import Any

from local_log import PROJECT

CLIENT = "shop"
PREDICT = "/api/v1/model/predict"
BATCH = "/api/v1/model/predict/batch"
TRANSACTION = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 3.0}


def function(name: str) -> ModuleType:
    """A function's module, anew."""
    path = PROJECT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"{name}_function", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def post(predict: ModuleType, path: str, body: Any) -> tuple[int, dict[str, str], Any]:
    """Send predict one request; status, headers and body of its answer."""
    answer = predict.handler(post_event(path, body), None)
    headers = {k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()}
    return answer["statusCode"], headers | (answer.get("headers") or {}), json.loads(answer["body"])


def post_event(path: str, body: Any) -> dict[str, Any]:
    """A request as API Gateway hands it to a function."""
    return {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {
            "requestId": "request-1",
            "path": path,
            "authorizer": {"client": CLIENT, "scopes": "predict train"},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
