"""The stack, deployed by the product's own `fraud up` on free ports, and a real client."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import StackInfo
from fraud_cli.local.stack import LocalStack

TRAINING_TIMEOUT_S = 300
SERVED_WITHIN_S = 60
"""After a release; until then warm functions may answer with the champion before."""
RAW = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 181000.0,
}
"""A transaction as a caller sends it."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass(frozen=True)
class Fraud:
    """The `fraud` command, with a state directory of its own."""

    project_dir: Path
    state_dir: Path

    def __call__(self, *args: str, ok: bool = True) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        done = subprocess.run(
            [sys.executable, "-c", "from fraud_cli.main import main; main()", *args],
            cwd=self.project_dir,
            env={**environment, "FRAUD_STATE_DIR": str(self.state_dir)},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done

    def json(self, *args: str) -> dict[str, Any]:
        """Run with --json; the object it prints last."""
        return dict(json.loads(self(*args, "--json").stdout.splitlines()[-1]))


@dataclass(frozen=True)
class Deployed:
    """A running stack, as `fraud up --json` described it."""

    up: dict[str, Any]
    port: int

    def client(self, key: str | None) -> httpx.Client:
        headers = {"X-Api-Key": key} if key else {}
        return httpx.Client(
            base_url=self.up["api_url"], headers=headers, timeout=60, trust_env=False
        )


@pytest.fixture(scope="module")
def unused_port() -> int:
    """A port that nothing listens on."""
    return free_port()


@pytest.fixture(scope="session")
def fraud(project_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Fraud:
    return Fraud(project_dir, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def deployed(fraud: Fraud) -> Iterator[Deployed]:
    port = free_port()
    try:
        yield Deployed(fraud.json("up", "--port", str(port)), port)
    finally:
        fraud("down")


@pytest.fixture(scope="session")
def state_dir(fraud: Fraud) -> Path:
    """Where the stack keeps its state, by which its processes are marked."""
    return fraud.state_dir / "local"


@pytest.fixture(scope="session")
def info(project_dir: Path, deployed: Deployed, state_dir: Path) -> StackInfo:
    """The stack's outputs, and a session with its AWS."""
    return LocalStack(project_dir, state_dir=state_dir).info()


@pytest.fixture(scope="session")
def aws(info: StackInfo) -> Callable[[str], Any]:
    """Clients of the stack's AWS, by service."""
    return info.session().client


@pytest.fixture(scope="session")
def api(deployed: Deployed) -> Iterator[httpx.Client]:
    """A client with the key that `fraud up` issued."""
    with deployed.client(deployed.up["api_key"]) as client:
        yield client


@pytest.fixture(scope="session")
def anonymous(deployed: Deployed) -> Iterator[httpx.Client]:
    with deployed.client(None) as client:
        yield client


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A directory, and the link it is served under."""
    directory = tmp_path_factory.mktemp("served")
    handler = partial(_QuietHandler, directory=str(directory))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield directory, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: pytest's output is for tests."""


def training_states(api: httpx.Client, training_id: int) -> Iterator[dict[str, Any]]:
    """Every look at a training until it has ended."""
    deadline = time.monotonic() + TRAINING_TIMEOUT_S
    while time.monotonic() < deadline:
        training = api.get(f"/training/{training_id}").json()
        yield training
        if training["status"] in {"processed", "error"}:
            return
        time.sleep(0.2)
    raise AssertionError(f"training {training_id} did not end: {training}")


@pytest.fixture(scope="session")
def train(api: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Trains from a link and waits; gives the training with every state that was seen."""

    def run(link: str, **options: Any) -> dict[str, Any]:
        accepted = api.post("/training", json={"dataset": link, **options})
        assert accepted.status_code == 202, accepted.text
        seen = list(training_states(api, accepted.json()["id"]))
        return {**seen[-1], "seen": [(t["status"], t["stage"], t["progress"]) for t in seen]}

    return run


def until_served(api: httpx.Client, model: str) -> None:
    """Wait until predict answers with a model."""
    deadline = time.monotonic() + SERVED_WITHIN_S
    while time.monotonic() < deadline:
        answer = api.post("/model/predict", json=RAW)
        assert answer.status_code == 200, answer.text
        if answer.json()["model"]["name"] == model:
            return
        time.sleep(0.5)
    raise AssertionError(f"predictions did not follow to {model}: {answer.text}")
