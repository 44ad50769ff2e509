"""Which processes are ours: found by a mark in their environment, never by name or number alone."""

import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "FRAUD_LOCAL_STACK"
PROC = Path("/proc")


def started_at(pid: int) -> str | None:
    """Return when a process began, None if it is gone; the number alone may be another's by now."""
    if PROC.is_dir():
        folder = PROC / str(pid)
        try:
            stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
            threads = len(list((folder / "task").iterdir()))
        except OSError:
            return None
        state, *fields = stat.rpartition(")")[2].split()
        # A zombie with threads left is still ending, and holds its port until it has.
        ended = state in "ZX" and threads == 1
        return None if ended else fields[18]  # field 22, in clock ticks since boot
    done = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or None


def marked(state_dir: Path) -> list[int]:
    """Return the processes that carry the mark of a state directory (where there is /proc)."""
    wanted = f"{MARK}={state_dir}".encode()
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            carries = wanted in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if carries:
            found.append(int(folder.name))
    return found


def alive(pid: int, started: str) -> bool:
    """Tell whether the process of that number is still the one that began then."""
    return started_at(pid) == started


def stop(pids: list[int], patience_s: float = 5.0) -> None:
    """End processes: SIGTERM, and SIGKILL for those that stay."""
    births = {pid: started_at(pid) for pid in pids}
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience_s
        for pid, born in births.items():
            if born and alive(pid, born):
                _signal(pid, number)
        while time.monotonic() < deadline:
            if not any(born and alive(pid, born) for pid, born in births.items()):
                return
            time.sleep(0.02)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
