"""Requests that the product's own clients make, counted as they are answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

GETS = ("GetObject", "HeadObject")
PUTS = (
    "PutObject",
    "CopyObject",
    "ListObjectsV2",
    "CreateMultipartUpload",
    "UploadPart",
    "UploadPartCopy",
    "CompleteMultipartUpload",
)
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
READS = ("GetItem", "Query", "BatchGetItem")


@dataclass(frozen=True)
class Step:
    """What one run of a function took.

    Attributes
    ----------
    seconds, cpu_s
        Wall time, and this process's time on processors; what answers it is another process.
    calls
        Requests by operation.
    """

    seconds: float
    cpu_s: float
    calls: Counter[str] = field(default_factory=Counter)

    def facts(self) -> dict[str, Any]:
        """For the JSON file."""
        return {"seconds": self.seconds, "cpu_s": self.cpu_s, "calls": dict(self.calls)}

    @property
    def gets(self) -> int:
        """S3 requests that are billed as GET."""
        return sum(self.calls[name] for name in GETS)

    @property
    def puts(self) -> int:
        """S3 requests that are billed as PUT; deleting costs nothing."""
        return sum(self.calls[name] for name in PUTS)

    @property
    def writes(self) -> int:
        """DynamoDB requests that write."""
        return sum(self.calls[name] for name in WRITES)

    @property
    def reads(self) -> int:
        """DynamoDB requests that read."""
        return sum(self.calls[name] for name in READS)


class Recorder:
    """Counts what clients send."""

    def __init__(self, *clients: Any) -> None:
        self._calls: Counter[str] = Counter()
        self.steps: list[Step] = []
        for client in clients:
            client.meta.events.register("after-call", self._note)

    def _note(self, model: Any, **_: Any) -> None:
        self._calls[model.name] += 1

    @contextmanager
    def step(self) -> Iterator[None]:
        """Record what the block does as the next of `steps`."""
        before, started, cpu = self._calls.copy(), time.perf_counter(), time.process_time()
        yield
        seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        self.steps.append(Step(seconds, cpu_s, self._calls - before))
