"""Fits side by side, each on one thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

WORKERS = 2
MIN_ROWS = 30_000
"""Below this the interpreter's lock costs more than a second thread brings."""


def one_thread() -> Any:
    """A context in which the calling thread's fits and predictions stay on it.

    OpenMP's threads wait for each other hundreds of times per tree, which on a busy machine makes a
    fit ten times slower and on an idle one hardly faster; and sums would depend on their number.
    """
    return threadpool_limits(limits=1)


def side_by_side[T](tasks: Sequence[Callable[[], T]], rows: int) -> list[T]:
    """Run fits on two threads where that pays, and return their results in order.

    Threads and not processes, because Lambda has no shared memory for them.

    Parameters
    ----------
    rows
        How many rows a task fits on.
    """
    if rows < MIN_ROWS:
        return [task() for task in tasks]

    def run(task: Callable[[], T]) -> T:
        # OpenMP keeps its limit per thread.
        with one_thread():
            return task()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, tasks))
