"""The deployed functions' handlers behind the standard library's HTTP server.

`python handlers_server.py PORT`, with the environment that the functions have. Every function is
asked one event at a time, as one execution environment of Lambda is; clients wait in line.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
ROUTES = {
    "/api/v1/status": "status",
    "/api/v1/training": "training",
    "/api/v1/model/predict": "predict",
    "/api/v1/model/predict/batch": "predict",
    "/api/v1/model/healthy": "health",
    "/api/v1/predictions": "predictions",
    "/api/v1/predictions/{prediction_id}": "predictions",
}


class Context:
    """What a handler reads of Lambda's context."""

    function_name = "load"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:load"
    aws_request_id = "load"

    def get_remaining_time_in_millis(self) -> int:
        """As at the beginning of a request."""
        return 20_000


class Function(NamedTuple):
    """A handler, and the line before it."""

    module: ModuleType
    line: Lock


def load(name: str) -> Function:
    """Import a function as Lambda does."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", FUNCTIONS / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Function(module, Lock())


LOADED = {name: load(name) for name in sorted(set(ROUTES.values()))}


def resource_of(path: str) -> str:
    """The route of a path, as API Gateway names it."""
    return next(r for r in ROUTES if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", r), path))


class Bridge(BaseHTTPRequestHandler):
    """Turns a request into API Gateway's event, and the answer back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Ask the function of this path."""
        length = int(self.headers.get("Content-Length") or 0)
        event = self._event(self.rfile.read(length).decode())
        function = LOADED[ROUTES[event["resource"]]]
        with function.line:
            answer = function.module.handler(event, Context())
        content = answer["body"].encode()
        self.send_response(answer["statusCode"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the library's name

    def _event(self, body: str) -> dict[str, Any]:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query)) or None
        return {
            "resource": resource_of(parts.path),
            "path": parts.path,
            "httpMethod": self.command,
            "headers": dict(self.headers),
            "queryStringParameters": query,
            "multiValueQueryStringParameters": query and {k: [v] for k, v in query.items()},
            "requestContext": {
                "resourcePath": resource_of(parts.path),
                "path": f"/live{parts.path}",
                "requestId": str(uuid.uuid4()),
                "authorizer": {"client": "load", "scopes": "admin"},
            },
            "body": body or None,
            "isBase64Encoded": False,
        }

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A thread for each client."""

    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), Bridge).serve_forever()
