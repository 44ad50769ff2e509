"""What shards left, read some at a time and handed on in their order.

A request to S3 takes a tenth of a second and the processor hardly any: one after the other, those
of some thousand shards would take longer than a function may.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from fraud.adapters.dataset_objects import AT_ONCE

AHEAD = 2 * AT_ONCE
"""Parts that may wait in memory for their turn."""


def in_order[Name, Part](names: Iterable[Name], read: Callable[[Name], Part]) -> Iterator[Part]:
    """Read parts on several threads; raises what the first one that fails raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future[Part]] = deque()
        try:
            for name in names:
                waiting.append(pool.submit(read, name))
                if len(waiting) > AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
