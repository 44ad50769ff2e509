"""`fraud doctor` finds what is missing and says what to do; only what is needed counts."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from fraud_cli.connection import Connection
from fraud_cli.doctor import State, machine, machine_checks, running, running_checks
from fraud_cli.main import app

PROJECT = Path(__file__).resolve().parents[4]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """A free port, and a state directory and environment without any stack."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("FRAUD_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("FRAUD_API_URL", raising=False)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def doctor(*args: str) -> tuple[int, dict[str, dict[str, Any]]]:
    result = CliRunner().invoke(app, ["doctor", "--json", *args])
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["fit"] is (result.exit_code == 0)
    return result.exit_code, {check["name"]: check for check in found["checks"]}


def answering(monkeypatch: pytest.MonkeyPatch, **answers: httpx.Response) -> list[Any]:
    """The checks of an API that answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        return answers[request.url.path.rpartition("/")[2]]

    client = running.ApiClient
    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(running, "ApiClient", lambda connection: client(connection, transport))
    return running_checks(Connection("http://api/api/v1", "fd_local_x"))


def test_a_fit_machine_exits_with_0(free: int) -> None:
    code, found = doctor("--port", str(free))
    assert code == 0
    assert {"Python", "uv", "make", "sam", "project", "disk", "memory", "state", "port"} <= {
        name for name, check in found.items() if check["state"] == "ok"
    }
    assert found["API"]["state"] == "absent"
    assert "fraud up" in found["API"]["advice"]


def test_a_taken_port_is_missing_and_advice_names_another(free: int, taken: int) -> None:
    code, found = doctor("--port", str(taken))
    assert code == 1
    assert found["port"]["state"] == "missing"
    assert "--port" in found["port"]["advice"]


def test_a_stack_of_our_own_may_listen_there(taken: int, tmp_path: Path) -> None:
    checks = machine_checks(PROJECT, tmp_path, taken, ours=True)
    assert next(c for c in checks if c.name == "port").state is State.OK


def test_without_programs_and_room_it_is_not_fit(
    free: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "PYTHON", (3, 99))
    monkeypatch.setattr(machine, "MIN_DISK_GIB", 10**9)
    monkeypatch.setattr(machine, "MIN_MEMORY_GIB", 10**9)
    monkeypatch.setattr(machine.shutil, "which", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    code, found = doctor("--port", str(free))
    assert code == 1
    missing = {name for name, check in found.items() if check["state"] == "missing"}
    assert missing == {"Python", "uv", "make", "sam", "project", "disk", "memory"}
    assert all(found[name]["advice"] for name in missing)
    assert found["browser"]["state"] == "absent"


def test_a_state_directory_that_cannot_be_made_is_missing(
    free: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FRAUD_STATE_DIR", str(tmp_path / "file" / "below"))
    code, found = doctor("--port", str(free))
    assert code == 1
    assert "FRAUD_STATE_DIR" in found["state"]["advice"]


def test_an_api_that_does_not_answer_is_missing(free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUD_API_URL", f"http://127.0.0.1:{free}/api/v1")
    code, found = doctor("--port", str(free))
    assert code == 1
    assert found["API"]["state"] == "missing"


def test_a_running_api_is_asked_for_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    status = httpx.Response(200, json={"status": "success"})
    health = httpx.Response(200, json={"modelname": "m", "now": {"state": "drifting"}})
    checks = answering(monkeypatch, status=status, healthy=health)
    assert [check.state for check in checks] == [State.OK, State.OK]
    assert checks[1].found == "m, drifting"


@pytest.mark.parametrize(
    ("status_code", "code", "name", "state"),
    [
        (503, "no_model", "model", State.ABSENT),
        (503, "unavailable", "model", State.MISSING),
        (401, "unauthenticated", "key", State.MISSING),
        (403, "forbidden", "key", State.MISSING),
    ],
)
def test_what_is_wrong_behind_the_api_is_named(
    status_code: int, code: str, name: str, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = {"error": {"code": code, "message": "no", "request_id": "r"}}
    status = httpx.Response(200, json={"status": "success"})
    refused = httpx.Response(status_code, json=error)
    found = answering(monkeypatch, status=status, healthy=refused)[1]
    assert (found.name, found.state) == (name, state)
    assert found.advice


def test_people_see_a_table(free: int) -> None:
    shown = CliRunner().invoke(app, ["doctor", "--port", str(free)])
    assert "ok" in shown.stdout
    assert shown.stdout.rstrip().endswith("Fit.")
