"""The client of the commands: a lost answer starts no second training."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fraud_cli import client as client_module
from fraud_cli.client import ApiClient, ApiError
from fraud_cli.connection import Connection
from fraud_cli.errors import CliError

ACCEPTED = httpx.Response(202, json={"id": 7})


def busy(status: int = 503, **headers: str) -> httpx.Response:
    error = {"code": "unavailable", "message": "try again", "request_id": "r"}
    return httpx.Response(status, json={"error": error}, headers=headers)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(client_module.time, "sleep", slept.append)
    return slept


@pytest.fixture
def api() -> Callable[..., tuple[ApiClient, list[httpx.Request]]]:
    """A client whose requests get these answers, one after the other."""

    def build(*answers: Any) -> tuple[ApiClient, list[httpx.Request]]:
        seen: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            given = answers[len(seen) - 1]
            if isinstance(given, Exception):
                raise given
            return given

        connection = Connection("http://api.test", "key")
        return ApiClient(connection, httpx.MockTransport(answer)), seen

    return build


def test_every_training_has_a_key_of_its_own(api: Any, waits: list[float]) -> None:
    client, seen = api(ACCEPTED, ACCEPTED)
    assert [client.train({}), client.train({})] == [7, 7]
    keys = {request.headers["Idempotency-Key"] for request in seen}
    assert len(keys) == 2
    assert waits == []


@pytest.mark.parametrize(
    ("lost", "wait_s"),
    [
        (httpx.ReadTimeout("no answer"), 1.0),
        (httpx.ConnectError("refused"), 1.0),
        (httpx.RemoteProtocolError("closed"), 1.0),
        (busy(), 1.0),
        (busy(504), 1.0),
        (busy(**{"Retry-After": "2"}), 2.0),
        (busy(**{"Retry-After": "86400"}), 30.0),
    ],
)
def test_a_lost_answer_is_asked_for_once_more_with_the_same_key(
    api: Any, waits: list[float], lost: Any, wait_s: float
) -> None:
    client, seen = api(lost, ACCEPTED)
    assert client.train({"dataset": "x"}) == 7
    first, second = seen
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.content == second.content
    assert waits == [wait_s]


def test_a_rollback_whose_answer_is_lost_is_sent_again_as_the_same_one(
    api: Any, waits: list[float]
) -> None:
    client, seen = api(busy(), httpx.Response(200, json={"champion": "a"}))
    assert client.rollback("it is worse") == {"champion": "a"}
    first, second = seen
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.content == second.content
    assert waits == [1.0]


def test_a_second_loss_is_told(api: Any, waits: list[float]) -> None:
    client, seen = api(httpx.ReadTimeout("no answer"), httpx.ReadTimeout("no answer"))
    with pytest.raises(CliError, match="does not answer"):
        client.train({})
    assert len(seen) == 2


def test_a_refusal_is_told_at_once(api: Any, waits: list[float]) -> None:
    client, seen = api(busy(422))
    with pytest.raises(ApiError, match="422"):
        client.train({})
    assert (len(seen), waits) == (1, [])
