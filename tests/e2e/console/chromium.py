"""A Chromium to drive: this machine's own, or Debian's package where it may be installed."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
INSTALL = (
    ["apt-get", "update"],
    ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
)
INSTALL_TIMEOUT_S = 400


class NoChromiumError(RuntimeError):
    """There is no browser, and none could be installed."""


def find_chromium() -> str:
    """Path of a browser: `CHROMIUM` from the environment, one on the path, or Debian's package.

    Raises
    ------
    NoChromiumError
        With the reason.
    """
    with _one_at_a_time():
        found = _installed()
        if found:
            return found
        if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
            raise NoChromiumError("no Chromium here; install it, or set CHROMIUM to its path")
        for command in INSTALL:
            _run(command)
        found = _installed()
    if not found:
        raise NoChromiumError("Debian's package chromium brought no browser")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; it makes no request but those of its pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def _installed() -> str | None:
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Test workers look at the same time."""
    lock = Path(tempfile.gettempdir()) / "fraud-chromium.lock"
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise NoChromiumError(f"{' '.join(command)} failed: {e}") from e
    if done.returncode:
        raise NoChromiumError(f"{' '.join(command)} failed: {done.stderr.strip()[-300:]}")
