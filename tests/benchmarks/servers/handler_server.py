"""A handler behind the standard library's HTTP server: `handler_server.py MODULE PORT`."""

import importlib
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

_handler = importlib.import_module(sys.argv[1]).handler


class Bridge(BaseHTTPRequestHandler):
    """Turns a request into API Gateway's event, and the answer back."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = _handler(self._event(body), None)
        content = answer["body"].encode()
        self.send_response(answer["statusCode"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _event(self, body: str) -> dict[str, Any]:
        return {
            "resource": self.path,
            "path": self.path,
            "httpMethod": "POST",
            "headers": dict(self.headers),
            "queryStringParameters": None,
            "requestContext": {
                "resourcePath": self.path,
                "requestId": "benchmark",
                "authorizer": {"client": "benchmark", "scopes": "predict"},
            },
            "body": body,
            "isBase64Encoded": False,
        }

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[2])), Bridge).serve_forever()
