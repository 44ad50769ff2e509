"""Workers: a function's handler in a process of its own, forked from one that has imported it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kill_points import BEGUN, ENDED, Plan, Points
from world_clock import WorldClock

CONTEXT = multiprocessing.get_context("forkserver")
PATIENCE_S = 60


@dataclass(frozen=True)
class Task:
    """One invocation.

    Attributes
    ----------
    subject
        What it works on, for the journal.
    directory
        The instance's own temporary directory, with what an earlier worker left in it.
    """

    function: str
    subject: str
    event: Any
    plan: Plan
    environment: dict[str, str]
    directory: Path
    journal: Path
    clock: Path


@dataclass
class Worker:
    """A worker that was started."""

    task: Task
    process: Any
    answers: Connection

    @property
    def frozen(self) -> bool:
        """Whether it has stopped."""
        try:
            stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] == "T"

    def settled(self) -> bool:
        """Wait until it has ended or frozen; True when it has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while not self.process.sentinel_ready(0.005):
            if self.frozen:
                return False
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.task} neither ended nor froze")
        return True

    def thaw(self) -> None:
        """Let a frozen worker go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def answer(self) -> Any:
        """What its handler answered; None when it was killed.

        Raises
        ------
        AssertionError
            When it ended with an exception.
        """
        self.process.join()
        if self.process.exitcode == -signal.SIGKILL:
            return None
        if self.process.exitcode or not self.answers.poll():
            raise AssertionError(f"{self.task} ended with {self.process.exitcode}")
        return self.answers.recv()


class _Process(CONTEXT.Process):  # type: ignore[name-defined,misc]
    def sentinel_ready(self, timeout_s: float) -> bool:
        """Whether the process has ended."""
        from multiprocessing.connection import wait  # noqa: PLC0415

        return bool(wait([self.sentinel], timeout_s))


def prepare() -> None:
    """Start the fork server, which imports the functions, in this process's environment of now."""
    here = str(Path(__file__).parent)
    os.environ |= {"POWERTOOLS_METRICS_NAMESPACE": "Faults", "POWERTOOLS_TRACE_DISABLED": "true"}
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *filter(None, sys.path)])
    CONTEXT.set_forkserver_preload(["__main__", "worker_functions"])
    forkserver.ensure_running()


def start(task: Task) -> Worker:
    """Start a worker."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = _Process(target=_work, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    return Worker(task, process, ours)


def _work(task: Task, answers: Connection) -> None:
    from worker_functions import invoked  # noqa: PLC0415 - imports everything; the server has it

    os.setsid()  # else a terminal or shell that ends would wake up what is frozen
    # A worker has one processor, as a small Lambda function has: libraries that share work among
    # threads would spend more time on waiting for each other than on 300 rows.
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[os.getpid() % len(cpus)]})
    os.environ.update(task.environment)
    tempfile.tempdir = str(task.directory)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())  # logs and metrics
    points = Points(task.plan, task.subject, task.journal)
    points.passed(BEGUN)
    answer = invoked(task.function, task.event, points, WorldClock(task.clock))
    points.passed(ENDED)
    answers.send(answer)
