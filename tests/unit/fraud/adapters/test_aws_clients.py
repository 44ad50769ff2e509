"""No socket is left for a snapshot to copy, and clients go on working without them."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from fraud.adapters import aws_clients


class DynamoDB(BaseHTTPRequestHandler):
    """Answers everything with an empty object, and counts who connects."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        type(self).connections += 1
        super().setup()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[DynamoDB]]:
    handler = type("CountedDynamoDB", (DynamoDB,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        aws_clients.dynamodb_client.cache_clear()
        aws_clients.s3_client.cache_clear()
        Thread(target=server.serve_forever, daemon=True).start()
        yield handler
        aws_clients.dynamodb_client.cache_clear()
        server.shutdown()


def test_a_closed_connection_is_opened_again_by_the_next_request(
    dynamodb: type[DynamoDB],
) -> None:
    client = aws_clients.dynamodb_client()
    for _ in range(2):
        client.list_tables()
    assert dynamodb.connections == 1
    aws_clients.close_connections()
    client.list_tables()
    assert dynamodb.connections == 2


def test_closing_makes_no_client_that_was_not_there(dynamodb: type[DynamoDB]) -> None:
    aws_clients.close_connections()
    assert aws_clients.s3_client.cache_info().currsize == 0
    assert aws_clients.dynamodb_client.cache_info().currsize == 0
