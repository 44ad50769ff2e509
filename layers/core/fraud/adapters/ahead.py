"""Reading many things one after the other, some of them ahead: S3 answers slowly, but many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor


def read_ahead[S, P](read: Callable[[S], P], sources: Iterable[S], at_once: int) -> Generator[P]:
    """Yield what `read` makes of each source, in their order.

    Parameters
    ----------
    read
        Called in threads.
    at_once
        Sources read at the same time, and read and not yet taken, at most.
    """
    with ThreadPoolExecutor(at_once) as pool:
        pending: deque[Future[P]] = deque()
        for source in sources:
            pending.append(pool.submit(read, source))
            if len(pending) == at_once:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
