"""Sixty-four clients at once: `uv run python tests/load/load.py`, on a stack that `fraud up` runs.

First the handlers behind a local HTTP server, in one process whose memory is watched; then the
deployed stack through the emulator's API Gateway. Both use the stack's tables and queues. Ends with
an error when an answer was not the one that must come, or when memory grows.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from clients import Load, Traffic, send
from memory import MOST_KB_PER_1000, Growth, growth, resident_kb
from rich.console import Console
from rich.table import Table
from served_handlers import handlers

from fraud_cli.connection import find_connection

PROJECT = Path(__file__).resolve().parents[2]
out = Console(highlight=False, width=110)


def main() -> int:
    """Run it; 1 when something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--on", choices=["handlers", "stack", "both"], default="both")
    parser.add_argument("--requests", type=int, default=100_000, help="to the handlers")
    parser.add_argument("--seconds", type=float, default=60, help="on the deployed stack")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    api = find_connection(PROJECT)
    sound = True
    if options.on != "stack":
        load = Load(options.clients, options.requests, seed=options.seed)
        sound = on_handlers(load, api.api_key or "")
    if options.on != "handlers":
        load = Load(options.clients, seconds=options.seconds, seed=options.seed)
        deployed = asyncio.run(send(api.api_url, api.api_key or "", load))
        show("The deployed stack", deployed, load.clients)
        sound = sound and not deployed.errors
    out.print("\nsound" if sound else "\nNOT SOUND")
    return 0 if sound else 1


def on_handlers(load: Load, api_key: str) -> bool:
    """Whether every answer of the handlers was right and their memory stayed flat."""
    samples: list[tuple[int, int]] = []
    with handlers(PROJECT) as served:

        async def sample(sent: int) -> None:
            samples.append((sent, resident_kb(served.pid)))

        traffic = asyncio.run(send(served.api_url, api_key, replace(load, on_progress=sample)))
    show("Handlers behind a local HTTP server", traffic, load.clients)
    grown = growth(samples)
    show_memory(samples, grown)
    return not traffic.errors and grown.high <= MOST_KB_PER_1000


def show(title: str, traffic: Traffic, clients: int) -> None:
    """Latencies by kind of request, and every error."""
    table = Table("ms", "answers", "p50", "p95", "p99", "slowest", box=None, pad_edge=False)
    for name, latencies in [*traffic.latencies_ms.items(), ("all", traffic.all_latencies_ms)]:
        marks = np.percentile(latencies, [50, 95, 99, 100])
        table.add_row(name, f"{len(latencies):,}", *(f"{mark:,.0f}" for mark in marks))
    out.print(
        f"\n{title}: {clients} clients, {traffic.sent:,} requests in {traffic.took_s:,.0f} s "
        f"({traffic.sent / traffic.took_s:,.0f} a second), {traffic.errors.total():,} errors",
        style="bold",
    )
    out.print(table)
    for what, n in traffic.errors.most_common():
        out.print(f"{n:,} times {what}")


def show_memory(samples: list[tuple[int, int]], grown: Growth) -> None:
    """What the handlers' process held, along the way and in the end."""
    marks = [samples[i] for i in np.linspace(0, len(samples) - 1, 6).astype(int)]
    along = ", ".join(f"{kb / 1024:,.1f} MB after {n:,}" for n, kb in marks)
    out.print(f"memory of the handlers' process: {along}")
    out.print(
        f"growth after the warm-up: {grown.per_1000:+.2f} kB per 1,000 requests "
        f"(95 % interval {grown.low:+.2f} to {grown.high:+.2f})"
    )


if __name__ == "__main__":
    sys.exit(main())
