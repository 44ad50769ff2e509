"""What all commands' tests need."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from fraud_cli import output, polling
from fraud_cli.client import ApiClient
from fraud_cli.connection import Connection
from fraud_cli.main import app


@pytest.fixture(autouse=True)
def _as_wide_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The console keeps the width that it found when it was made: in a worker of xdist, 80."""
    monkeypatch.setattr(output.out, "_width", None)


@pytest.fixture
def sent() -> list[httpx.Request]:
    """What a command has asked the API."""
    return []


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, sent: list[httpx.Request]) -> Callable[..., str]:
    """Runs a module's command against an API that gives one answer after the other.

    An answer is an object, or a whole response, or an exception that is raised in its place.
    """

    def run(module: ModuleType, answers: list[Any], *args: str, code: int = 0) -> str:
        left = iter(answers)

        def respond(request: httpx.Request) -> httpx.Response:
            sent.append(request)
            given = next(left)
            if isinstance(given, BaseException):
                raise given
            return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)

        connection = Connection("http://127.0.0.1:9/api/v1", "key")
        monkeypatch.setattr(
            module, "connect", lambda: ApiClient(connection, httpx.MockTransport(respond))
        )
        monkeypatch.setattr(polling, "sleep", lambda _: None)
        monkeypatch.setenv("COLUMNS", "120")
        done = CliRunner().invoke(app, args)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code
        return done.output

    return run
