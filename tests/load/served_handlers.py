"""Starts the handlers' server, wired to the tables and queues of the running stack."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from fraud_cli.deployment import local_deployment
from fraud_cli.local import tools

START_TIMEOUT_S = 30
INHERITED = ("PATH", "HOME", "LANG")


class Handlers(NamedTuple):
    """Where they answer, and their process."""

    api_url: str
    pid: int


@contextmanager
def handlers(project_dir: Path) -> Iterator[Handlers]:
    """Serve the handlers on loopback for as long as the block runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("handlers_server.py")), str(port)],
        env=_environment(project_dir),
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(server, port)
        yield Handlers(f"http://127.0.0.1:{port}/api/v1", server.pid)
    finally:
        server.terminate()
        server.wait(10)


def _environment(project_dir: Path) -> dict[str, str]:
    """All functions' own settings together, as they are deployed."""
    stack = local_deployment(project_dir)
    functions = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            environment |= function.get("Environment", {}).get("Variables", {})
    return {
        **environment,
        "AWS_ENDPOINT_URL": str(stack.endpoint_url),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": tools.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the handlers' server ended with {server.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the handlers' server did not listen within {START_TIMEOUT_S} s")
