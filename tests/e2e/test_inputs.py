"""Every adversarial input gets its answer from the deployed API, over a plain socket.

An HTTP library would refuse to send some of it, or send something else.
"""

import socket
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.e2e

TIMEOUT_S = 60


def request(case: Any, base_path: str, host: str, key: str) -> bytes:
    """The bytes of a request."""
    headers = [["Host", host], ["Connection", "close"], *case.headers]
    if case.has_key:
        headers.append(["X-Api-Key", key])
    if case.body is not None or case.method == "POST":
        headers.append(["Content-Length", str(len(case.body or b""))])
    lines = [f"{case.method} {base_path}{case.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + (case.body or b"")


def test_an_adversarial_input_gets_the_answer_it_must_get(deployed: Any, stack_case: Any) -> None:
    api = urlsplit(deployed.up["api_url"])
    base_path = api.path.removesuffix("/api/v1")
    key = deployed.up["api_key"]
    sent = request(stack_case.with_key(key), base_path, api.netloc, key)
    with socket.create_connection((api.hostname, api.port), timeout=TIMEOUT_S) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection, method=stack_case.method)
        answer.begin()
        text = answer.read().decode()
    stack_case.check(answer.status, answer.headers["Content-Type"] or "", text)
    assert answer.headers["X-Injected"] is None
