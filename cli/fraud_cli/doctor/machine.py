"""The machine: programs, room, the port, and what only some uses need."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fraud_cli.doctor.checks import Check, needed, optional
from fraud_cli.local import LocalStackError, tools
from fraud_cli.local.emulator import HOST, refuse_taken

PYTHON = (3, 13)
GIB = 2**30
# Environment, build and emulator take 1.5 GB; a training keeps its dataset beside them.
MIN_DISK_GIB = 3
# Nine warm workers of 60 to 120 MB each, and a training of up to 0.5 GB.
MIN_MEMORY_GIB = 2
ENGINES = ("docker", "podman", "finch")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def machine_checks(project_dir: Path, state_dir: Path, port: int, *, ours: bool) -> list[Check]:
    """Look at the machine.

    Parameters
    ----------
    state_dir
        Where the local stack keeps its state.
    port
        Where it would listen, or does.
    ours
        Whether our own stack listens there.
    """
    return [
        *_programs(state_dir),
        _project(project_dir),
        _room(project_dir),
        _memory(),
        _writable(state_dir),
        _port(port, ours=ours),
        _engine(),
        _browser(),
        _credentials(),
    ]


def _programs(state_dir: Path) -> Iterator[Check]:
    version = platform.python_version()
    good = sys.version_info[:2] == PYTHON
    yield needed("Python", good, version, tools.REMEDIES["python3.13"])
    path = tools.environment("", state_dir)["PATH"]
    for name in ("uv", "make", "sam"):
        found = shutil.which(name, path=path)
        yield needed(name, found is not None, found or "not found", tools.REMEDIES[name])


def _project(project_dir: Path) -> Check:
    there = (project_dir / "template.yaml").is_file()
    advice = "Run the command in the project's folder, where template.yaml is."
    return needed("project", there, str(project_dir), advice)


def _room(project_dir: Path) -> Check:
    free = shutil.disk_usage(project_dir).free / GIB
    advice = f"Free {MIN_DISK_GIB} GiB: `fraud down`, then remove .aws-sam and .fraud."
    return needed("disk", free >= MIN_DISK_GIB, f"{free:.1f} GiB free", advice)


def _memory() -> Check:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
    advice = f"The stack and a training need {MIN_MEMORY_GIB} GiB."
    return needed("memory", total >= MIN_MEMORY_GIB, f"{total:.1f} GiB", advice)


def _writable(state_dir: Path) -> Check:
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=state_dir):
            pass
    except OSError as e:
        advice = "Make it writable, or set FRAUD_STATE_DIR to a folder that is."
        return needed("state", False, f"{state_dir}: {e.strerror}", advice)
    return needed("state", True, str(state_dir), "")


def _port(port: int, *, ours: bool) -> Check:
    if ours:
        return needed("port", True, f"{port}, our own stack's", "")
    try:
        refuse_taken(port)
    except LocalStackError as e:
        return needed("port", False, e.message, "Use another one: `fraud up --port N`.")
    return needed("port", True, f"{port} on {HOST} is free", "")


def _engine() -> Check:
    host = os.environ.get("DOCKER_HOST", "")
    socket = Path(host.removeprefix("unix://") if host else "/var/run/docker.sock")
    program = next(filter(None, map(shutil.which, ENGINES)), None)
    reachable = socket.exists() or host.startswith("tcp://")
    found = host or (program if program and reachable else f"no engine listens at {socket}")
    advice = "Only `sam local` needs one: install Docker, Podman or Finch."
    return optional("containers", reachable, found, advice)


def _browser() -> Check:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    advice = "Only the tests of pages need one: install Chromium."
    return optional("browser", found is not None, found or "not found", advice)


def _credentials() -> Check:
    """Whether `sam deploy` has some; nothing is asked over the network."""
    import botocore.session  # noqa: PLC0415 - half a second that only this check needs
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    advice = "Only a stack on AWS needs some: `aws configure sso`, or AWS_PROFILE."
    try:
        profiles = botocore.session.Session().available_profiles
    except BotoCoreError as e:
        return optional("AWS", False, str(e), "Mend the configuration; only AWS needs it.")
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return optional("AWS", True, "from the environment", advice)
    found = os.environ.get("AWS_PROFILE") or ", ".join(profiles[:3])
    return optional("AWS", bool(found), found or "no credentials", advice)
