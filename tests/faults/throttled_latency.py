"""How long an answer takes while DynamoDB refuses, or says nothing at all.

`uv run python tests/faults/throttled_latency.py --samples 200`

The real predict handler, one request after the other, with reasons; table and queue on the local
emulator, over HTTP. A silent DynamoDB is a socket that takes connections and never answers: what is
measured then are the client's own timeouts.
"""

from __future__ import annotations

import argparse
import logging
import math
import os
import random
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace

from handlers import PREDICT, TRANSACTION, function, post
from injection import Faults
from local_log import forget_collaborators, local_log
from prediction_log import out
from quick_model import quick_model
from rich.table import Table

from fraud.adapters.aws_clients import prompt_dynamodb_client, prompt_sqs_client
from fraud_serving import wiring

SILENT_SAMPLES = 5


def main() -> None:
    """Measure every case and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--samples", type=int, default=200)
    samples = parser.parse_args().samples
    logging.disable()  # the product says so of every prediction that it buffers
    with tempfile.TemporaryDirectory(prefix="fraud-faults-") as scratch:
        model = quick_model(Path(scratch))
        wiring.champion = lambda: SimpleNamespace(current=lambda: model)  # type: ignore[assignment]
        with local_log(Path(scratch)):
            rows = [*_measured(samples)]
    table = Table(title="Handler, ms", title_justify="left", box=None, pad_edge=False)
    for i, column in enumerate(("", "samples", "status", "first", "p50", "p95", "longest")):
        table.add_column(column, justify="right" if i else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)
    out.print(f"load average {os.getloadavg()[0]:.1f}", style="dim")


def _measured(samples: int) -> Iterator[tuple[str, ...]]:
    yield _row("everything well", samples, 200)
    yield _row("DynamoDB throttles, buffered", samples, 200, "dynamodb")
    yield _row("both throttle, refused", samples, 503, "dynamodb", "sqs")
    with _silent("DYNAMODB"):
        yield _row("DynamoDB silent, buffered", SILENT_SAMPLES, 200)
        with _silent("SQS"):
            yield _row("both silent, refused", SILENT_SAMPLES, 503)


def _row(name: str, samples: int, expected: int, *down: str) -> tuple[str, ...]:
    """One case, in a process that has just made no client yet."""
    forget_collaborators()
    faults = Faults(0.0, 0.0, random.Random(1))  # noqa: S311 - not a secret
    faults.down_until = dict.fromkeys(down, math.inf)
    if "dynamodb" in down:
        faults.install(prompt_dynamodb_client())
    if "sqs" in down:
        faults.install(prompt_sqs_client())
    predict = function("predict")
    took: list[float] = []
    for _ in range(samples):
        began = time.perf_counter()
        status, _, answer = post(predict, PREDICT, TRANSACTION)
        took.append((time.perf_counter() - began) * 1000)
        if status != expected:
            raise SystemExit(f"{name}: {status} {answer}")
    first, later = took[0], sorted(took[1:])
    numbers = (first, median(later), quantiles(later, n=20)[-1], later[-1])
    return (name, f"{samples}", f"{expected}", *(f"{ms:,.1f}" for ms in numbers))


@contextmanager
def _silent(service: str) -> Iterator[None]:
    """A service that takes connections and never answers."""
    name = f"AWS_ENDPOINT_URL_{service}"
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        os.environ[name] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield
        finally:
            del os.environ[name]


if __name__ == "__main__":
    main()
