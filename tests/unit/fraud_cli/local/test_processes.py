"""Only our own processes are ever found or stopped."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fraud_cli.local import processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print(flush=True); time.sleep(60)",
]


def test_a_number_that_another_process_has_by_now_is_not_ours() -> None:
    assert processes.alive(os.getpid(), processes.started_at(os.getpid()) or "")
    assert not processes.alive(os.getpid(), "another moment")


def test_an_ended_process_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    started = processes.started_at(child.pid) or ""
    child.wait()
    assert not processes.alive(child.pid, started)


@pytest.mark.skipif(not processes.PROC.is_dir(), reason="reads /proc")
def test_marked_processes_are_found_by_their_own_state_directory(tmp_path: Path) -> None:
    mine, other = tmp_path / "a", tmp_path / "ab"
    children = [
        subprocess.Popen(SLEEP, env={processes.MARK: str(state)}) for state in (mine, other)
    ]
    try:
        assert processes.marked(mine) == [children[0].pid]
        processes.stop(processes.marked(mine))
        assert [child.poll() is None for child in children] == [False, True]
    finally:
        for child in children:
            child.kill()
            child.wait()


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    child = subprocess.Popen(STUBBORN, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    begin = time.monotonic()
    processes.stop([child.pid], patience_s=0.2)
    assert child.wait(5) == -9
    assert time.monotonic() - begin < 5
