"""One command in a process of its own, its time and memory as the kernel counts them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class ChildFailed(RuntimeError):
    """A measured command ended with an error."""


@dataclass(frozen=True)
class ChildRun:
    """What a command took.

    Attributes
    ----------
    seconds
        Wall time, from the start of the process to its end.
    cpu_s
        Time on all processors together.
    peak_bytes
        Highest resident memory of the process, or of one that it waited for.
    """

    stdout: str
    seconds: float
    cpu_s: float
    peak_bytes: int


def run(command: Sequence[str], work_dir: Path, cores: int) -> ChildRun:
    """Run a command to its end on some of the machine's cores.

    Parameters
    ----------
    work_dir
        Where the command runs and its output is kept.

    Raises
    ------
    ChildFailed
        When it ends with an error; shows the end of its output.
    """
    out, err = work_dir / "stdout", work_dir / "stderr"
    _keep_to(cores)
    with out.open("wb") as stdout, err.open("wb") as stderr:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=work_dir, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        shown = err.read_text(errors="replace")[-2000:]
        raise ChildFailed(f"{' '.join(command)} ended with {process.returncode}:\n{shown}")
    unit = 1 if sys.platform == "darwin" else 1024
    cpu_s = usage.ru_utime + usage.ru_stime
    return ChildRun(out.read_text(), seconds, cpu_s, usage.ru_maxrss * unit)


def _keep_to(cores: int) -> None:
    """Children inherit it; Linux only, elsewhere the machine's own number of cores is shown."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:cores])


def usable_cores() -> int:
    """Cores that this process, and so its children, may run on."""
    return os.process_cpu_count() or 1
