"""A container engine for `sam local`, and a way from its containers to the local stack."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
SETUP = PROJECT.parent / "shared/tools/sam-local-engine"
BRIDGE = "10.88.0.1"
"""The host's address on Podman's default network, there once a container runs."""
IP_FREEBIND = 15  # Linux: an address may be listened on before an interface has it


def docker_host() -> str | None:
    """Where an engine listens: the one that is there, or one that is set up; None without any."""
    if "DOCKER_HOST" in os.environ:
        return os.environ["DOCKER_HOST"]
    if not SETUP.is_file():
        return None
    said = subprocess.run([SETUP], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix("export DOCKER_HOST=")


@contextmanager
def reachable_from_containers(port: int) -> Iterator[str]:
    """Forward a port of loopback from the bridge; the address that containers use."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        server.bind((BRIDGE, 0))
        server.listen(64)
        threading.Thread(target=_accept, args=(server, port), daemon=True).start()
        yield f"http://{BRIDGE}:{server.getsockname()[1]}"


def _accept(server: socket.socket, port: int) -> None:
    while True:
        try:
            caller, _ = server.accept()
        except OSError:  # closed: the test is over
            return
        stack = socket.create_connection(("127.0.0.1", port))
        for source, target in ((caller, stack), (stack, caller)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
