"""Clients give up in their callers' time, and leave no socket for a snapshot to copy."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from fraud.adapters import aws_clients
from fraud.domain.errors import Unavailable
from fraud.wiring import idempotency

FUNCTION_S = 20
WITHIN_S = 15
"""What the slowest call may take of that."""
QUICKER = 30


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


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A service that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        _forget()
        yield listener
        _forget()


def _forget() -> None:
    for made in (*vars(aws_clients).values(), *vars(idempotency).values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def _connections(listener: socket.socket) -> int:
    listener.setblocking(False)
    taken = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            taken += 1
    return taken


CALLS: dict[str, Callable[[], Any]] = {
    "dynamodb": lambda: partial(
        aws_clients.dynamodb_client().get_item, TableName="t", Key={"id": {"S": "a"}}
    ),
    "s3": lambda: partial(aws_clients.s3_client().get_object, Bucket="bucket", Key="k"),
    "sqs": lambda: partial(
        aws_clients.sqs_client().send_message, QueueUrl="http://q/1/q", MessageBody="{}"
    ),
    "stepfunctions": lambda: partial(
        aws_clients.step_functions_client().stop_execution, executionArn="arn"
    ),
}


@pytest.mark.parametrize("service", CALLS)
def test_a_silent_service_leaves_functions_the_time_to_say_so(
    silent: socket.socket, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waited for a thirtieth of the time, and the pauses noted instead of slept."""
    settings: list[dict[str, Any]] = []
    make, pauses = aws_clients._config, []

    def quick(asked: dict[str, Any]) -> Any:
        settings.append(asked)
        times = {name: asked[name] / QUICKER for name in ("connect_timeout", "read_timeout")}
        return make(asked | times)

    monkeypatch.setattr(aws_clients, "_config", quick)
    call = CALLS[service]()
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(ReadTimeoutError):
        call()
    tries = _connections(silent)
    longest_pauses = [2**i for i in range(tries - 1)]
    assert len(pauses) == len(longest_pauses)
    assert all(map(float.__le__, pauses, map(float, longest_pauses)))
    (asked,) = settings
    waited = tries * (asked["connect_timeout"] + asked["read_timeout"])
    assert tries > 1
    assert waited + sum(longest_pauses) <= WITHIN_S < FUNCTION_S


def test_a_key_that_a_silent_table_cannot_note_is_refused_within_seconds(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDEMPOTENCY_TABLE", "IdempotencyTable")
    context: Any = SimpleNamespace(get_remaining_time_in_millis=lambda: 20_000)
    table, began = idempotency.answers(), time.monotonic()
    with pytest.raises(Unavailable, match="nothing was carried out"):
        table.once(["key"], "{}", context, lambda: pytest.fail("carried out"))
    assert time.monotonic() - began < 4
    assert _connections(silent) == 2
