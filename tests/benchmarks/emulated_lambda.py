"""A handler under the real runtime client and the emulator of Lambda's runtime interface.

The emulator is the one that aws-sam-cli puts into its containers; here it runs without one, bound
to loopback. It starts the runtime at the first invocation, as Lambda does.
"""

from __future__ import annotations

import platform
import re
import socket
import subprocess
import time
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from workspace import Workspace

HOST = "127.0.0.1"
INVOKE = "/2015-03-31/functions/function/invocations"
START_TIMEOUT_S = 20
ANSWER_TIMEOUT_S = 60
SUCCESS = re.compile(rb'\{"(statusCode": 200\b|times_ns")')
REPORTED = re.compile(rb"REPORT RequestId.*?\tDuration: ([\d.]+) ms")


class Server:
    """A process that answers HTTP on loopback, and one connection to it."""

    def __init__(self, command: list[str], env: dict[str, str], port: int, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self._connection = HTTPConnection(HOST, port, timeout=ANSWER_TIMEOUT_S)
        self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def post(self, path: str, body: bytes) -> tuple[bytes, float]:
        """Send one request.

        Returns
        -------
        tuple
            The answer's body, and milliseconds until it was there.

        Raises
        ------
        RuntimeError
            When the status is not 200.
        """
        began = time.perf_counter()
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        content = response.read()
        took_ms = (time.perf_counter() - began) * 1000
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}: {content[:500]!r}")
        return content, took_ms

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._connection.connect()
            except OSError:
                time.sleep(0.01)
            else:
                return
        said = self._log.read_text(errors="replace")[-2000:]
        self.__exit__()
        raise RuntimeError(f"{self._log.stem} does not listen:\n{said}")


class EmulatedLambda(Server):
    """One execution environment of one function."""

    def __init__(self, workspace: Workspace, handler: str, layers: Path, **env: str) -> None:
        port, runtime_port = free_port(), free_port()
        command = [
            str(emulator_binary()),
            "--runtime-interface-emulator-address",
            f"{HOST}:{port}",
            "--runtime-api-address",
            f"{HOST}:{runtime_port}",
            str(workspace.python),
            "-m",
            "awslambdaric",
            f"{handler}.handler",
        ]
        log = workspace.root / f"{handler}-{port}.log"
        super().__init__(command, workspace.lambda_environment(layers, **env), port, log)

    def invoke(self, event: bytes) -> tuple[bytes, float]:
        """Invoke the handler; the answer as JSON, and milliseconds until it was there.

        Raises
        ------
        RuntimeError
            When it answers anything but success: a refusal would be quick, and worth nothing.
        """
        content, took_ms = self.post(INVOKE, event)
        if not SUCCESS.match(content):
            raise RuntimeError(f"the handler failed: {content[:500]!r}")
        return content, took_ms

    def reported_ms(self) -> list[float]:
        """Durations as Lambda would bill them, of every invocation so far."""
        return [float(ms) for ms in REPORTED.findall(self._log.read_bytes())]


def emulator_binary() -> Path:
    """The emulator of this machine's architecture, in the installed aws-sam-cli."""
    spec = find_spec("samcli")
    if spec is None or spec.origin is None:
        raise SystemExit("aws-sam-cli is not installed; its emulator is needed")
    arm = platform.machine().lower() in {"arm64", "aarch64"}
    name = f"aws-lambda-rie-{'arm64' if arm else 'x86_64'}"
    return Path(spec.origin).parent / "local" / "rapid" / name


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
