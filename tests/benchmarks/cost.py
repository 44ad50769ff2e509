"""What Lambda asks for a million predictions, from measured milliseconds and its price formula.

Price: requests, and memory times billed duration, in us-east-1, first tier
(https://aws.amazon.com/lambda/pricing/). API Gateway and DynamoDB have prices of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from tables import print_table

USD_PER_GB_S = {"x86_64": 0.0000166667, "arm64": 0.0000133334}
USD_PER_MILLION_REQUESTS = 0.20
MEMORY_MB = (512, 1024, 1769, 3008)
FULL_CORE_MB = 1769
"""Where a function has one whole processor; below, its share falls with memory."""
MILLION = 1_000_000


def cents_per_million(busy_ms: float, memory_mb: int, architecture: str, a_request: int) -> float:
    """Cents for a million predictions.

    Parameters
    ----------
    busy_ms
        Duration of one request on one whole processor.
    a_request
        Predictions in each request.
    """
    duration_ms = busy_ms * max(1.0, FULL_CORE_MB / memory_mb)
    gb_s = memory_mb / 1024 * ceil(duration_ms) / 1000
    requests = MILLION / a_request
    compute = requests * gb_s * USD_PER_GB_S[architecture]
    return 100 * (compute + requests / MILLION * USD_PER_MILLION_REQUESTS)


def show(busy_ms: Mapping[str, tuple[float, int]]) -> list[dict[str, Any]]:
    """Print the table.

    Parameters
    ----------
    busy_ms
        For each kind of request: its duration as billed, and the predictions in it.
    """
    table = [
        {"memory_mb": memory_mb, "architecture": architecture}
        | {
            name: cents_per_million(ms, memory_mb, architecture, size)
            for name, (ms, size) in busy_ms.items()
        }
        for memory_mb in MEMORY_MB
        for architecture in USD_PER_GB_S
    ]
    columns = [f"{name} ({ms:.2f} ms)" for name, (ms, _) in busy_ms.items()]
    rows = [
        (f"{row['memory_mb']} MB {row['architecture']}", *(f"{row[name]:.2f}" for name in busy_ms))
        for row in table
    ]
    print_table("Cents per million predictions, Lambda alone", ("", *columns), rows)
    return table
