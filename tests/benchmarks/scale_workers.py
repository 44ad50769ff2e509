"""How fast workers score files on this machine: one core, several, with reasons, gzipped."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fraud.domain.byte_ranges import ByteRange, split

WORKER = Path(__file__).with_name("scale_worker.py")


@dataclass(frozen=True)
class Scored:
    """What workers did at the same time: rows in all, the slowest's seconds, memory of the largest.

    Attributes
    ----------
    cpu_s
        Of all workers together.
    cold_s
        Of one, until it can begin: interpreter, imports, model.
    """

    rows: int
    seconds: float
    cpu_s: float
    cold_s: float
    peak_bytes: int

    @property
    def rows_per_s(self) -> float:
        """By the clock."""
        return self.rows / self.seconds

    @property
    def rows_per_cpu_s(self) -> float:
        """By the processor: what one core of its own would do."""
        return self.rows / self.cpu_s


def scored(
    csv: Path, model_dir: Path, per_worker: Sequence[Sequence[ByteRange]], *, reasons: bool = False
) -> Scored:
    """Let a process for each list of ranges score them, all beginning together."""
    mode = "reasons" if reasons else "plain"
    # As in Lambda at 1769 MB: a worker has one core, and no library starts threads for more.
    env = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with ExitStack() as stack:
        workers = []
        for ranges in per_worker:
            bounds = [str(bound) for r in ranges for bound in (r.start, r.end)]
            command = [sys.executable, str(WORKER), str(csv), str(model_dir), mode, *bounds]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = subprocess.Popen(command, env=env, text=True, **pipes)
            workers.append(stack.enter_context(process))
        for worker in workers:
            _line(worker)
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        results = [json.loads(_line(worker)) for worker in workers]
    return Scored(
        rows=sum(r["rows"] for r in results),
        seconds=max(r["seconds"] for r in results),
        cpu_s=sum(r["cpu_s"] for r in results),
        cold_s=max(r["cold_s"] for r in results),
        peak_bytes=max(r["peak_bytes"] for r in results),
    )


def dealt(size_bytes: int, range_bytes: int, workers: int) -> list[list[ByteRange]]:
    """The ranges of a file, dealt to workers in turn."""
    ranges = split(size_bytes, range_bytes)
    return [ranges[worker::workers] for worker in range(workers)]


def import_s(module: str) -> float:
    """Seconds on a core until a process that imports a module has done so."""
    code = f"import time, {module}; print(time.process_time())"
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def gzipped(csv: Path, target: Path, size_bytes: int) -> Path:
    """The beginning of a file, whole lines of it, compressed as most tools do."""
    with csv.open("rb") as plain, gzip.open(target, "wb", compresslevel=6) as packed:
        packed.write(plain.read(size_bytes))
        packed.write(plain.readline())
    return target


def _line(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout
    line = worker.stdout.readline()
    if not line:
        raise SystemExit(f"a worker ended with {worker.wait()}")
    return line
