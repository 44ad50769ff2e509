"""Warm predict above an empty handler, and a thousand transactions at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import cycle, islice
from typing import Any, NamedTuple

from emulated_lambda import EmulatedLambda
from samples import Times, interleaved
from tables import print_table
from workspace import Workspace, api_event

EMPTY, IN_MEMORY, DEPLOYED = "empty handler", "predict, no DynamoDB call", "predict, DynamoDB call"
SHADOWED = "predict, no DynamoDB call, challenger at share 1"
BATCH, BATCH_REASONS = "batch of 1,000", "batch of 1,000 with reasons"
BATCH_DEPLOYED = "batch of 1,000, DynamoDB call"
MAX_ABOVE_EMPTY_MS = 0.6
MIN_ROWS_PER_S = 60_000
BATCH_ROWS = 1000
A_ROUND = 25
COLLECT = b'{"times": true}'


class Measured(NamedTuple):
    """The same requests from three sides."""

    round_trip: Times
    handler: Times
    reported: Times

    def facts(self) -> dict[str, Any]:
        """For the JSON file."""
        return {side: times.facts() for side, times in self._asdict().items()}


class TimedFunction:
    """A handler that is timed from outside, inside, and by the emulator."""

    def __init__(self, stack: ExitStack, workspace: Workspace, module: str, **env: str) -> None:
        self._function = stack.enter_context(
            EmulatedLambda(
                workspace, "timed", workspace.serving_layers, BENCHMARK_TIMED=module, **env
            )
        )
        self._seen = 0

    def call(self, event: bytes) -> float:
        """Invoke it; milliseconds of the round trip."""
        return self._function.invoke(event)[1]

    def collect(self, last: int) -> tuple[Times, Times]:
        """The last calls' times: inside the handler, and as reported."""
        reported = self._function.reported_ms()[-last:]
        inside = json.loads(self._function.invoke(COLLECT)[0])["times_ns"]
        return Times([ns / 1e6 for ns in inside[-last:]]), Times(reported)


def _take_turns(
    functions: Mapping[str, TimedFunction],
    events: Mapping[str, list[bytes]],
    rounds: int,
    a_round: int,
) -> dict[str, Measured]:
    def turn(name: str) -> Any:
        return lambda i: functions[name].call(events[name][i % len(events[name])])

    trips = interleaved({name: (turn(name), a_round) for name in functions}, rounds, warm_up=2)
    return {
        name: Measured(trips[name], *functions[name].collect(rounds * a_round))
        for name in functions
    }


def single(workspace: Workspace, aws: Mapping[str, str], samples: int) -> dict[str, Measured]:
    """Single predictions with reasons, in turns with an empty handler."""
    events = [api_event("/api/v1/model/predict", t) for t in workspace.transactions]
    with ExitStack() as stack:
        functions = {
            EMPTY: TimedFunction(stack, workspace, "empty"),
            IN_MEMORY: TimedFunction(stack, workspace, "in_memory"),
            SHADOWED: TimedFunction(stack, workspace, "in_memory", BENCHMARK_SHADOW_SHARE="1"),
            DEPLOYED: TimedFunction(stack, workspace, "app", **aws),
        }
        rounds = max(2, samples // A_ROUND)
        times = _take_turns(functions, dict.fromkeys(functions, events), rounds, A_ROUND)
    floor = times[EMPTY]
    rows = [
        (
            name,
            *(f"{getattr(m.handler, p):.3f}" for p in ("p50", "p95")),
            *(f"{getattr(m.round_trip, p):.3f}" for p in ("p50", "p95")),
            f"{m.handler.p50 - floor.handler.p50:.3f}",
            f"{m.round_trip.p50 - floor.round_trip.p50:.3f}",
        )
        for name, m in times.items()
    ]
    print_table(
        f"Warm predict with reasons, ms, {len(floor.handler.ms):,} of each in turns",
        ("", "handler p50", "p95", "round trip p50", "p95", "handler above empty", "round trip"),
        rows,
    )
    return times


def batch(workspace: Workspace, aws: Mapping[str, str], samples: int) -> dict[str, Measured]:
    """Batches of a thousand raw transactions, reasons off and on."""
    rows_of = list(islice(cycle(workspace.transactions), BATCH_ROWS * 4))
    parts = [rows_of[i : i + BATCH_ROWS] for i in range(0, len(rows_of), BATCH_ROWS)]

    def events(*, reasons: bool) -> list[bytes]:
        path = "/api/v1/model/predict/batch"
        return [api_event(path, {"transactions": part, "reasons": reasons}) for part in parts]

    with ExitStack() as stack:
        functions = {
            BATCH: TimedFunction(stack, workspace, "in_memory"),
            BATCH_REASONS: TimedFunction(stack, workspace, "in_memory"),
            BATCH_DEPLOYED: TimedFunction(stack, workspace, "app", **aws),
        }
        sent = {name: events(reasons=name == BATCH_REASONS) for name in functions}
        times = _take_turns(functions, sent, max(2, samples // 5), 5)
    table = [
        (
            name,
            f"{m.handler.p50:.1f}",
            f"{m.handler.p95:.1f}",
            f"{rows_per_s(m):,.0f}",
            f"{m.round_trip.p50:.1f}",
        )
        for name, m in times.items()
    ]
    columns = ("", "handler p50 ms", "p95 ms", "rows/s in the handler", "round trip p50 ms")
    print_table(f"Batches, {len(times[BATCH].handler.ms)} of each in turns", columns, table)
    return times


def rows_per_s(measured: Measured) -> float:
    """Transactions that the handler answers in a second."""
    return BATCH_ROWS * 1000 / measured.handler.p50


def targets(
    one: Mapping[str, Measured], many: Mapping[str, Measured]
) -> list[tuple[str, str, str, bool]]:
    """What warm requests may take."""
    limit = f"≤ {MAX_ABOVE_EMPTY_MS} ms"
    rows = []
    for side in ("handler", "round_trip"):
        p50 = {name: getattr(m, side).p50 for name, m in one.items()}
        above = p50[IN_MEMORY] - p50[EMPTY]
        label = f"warm predict above empty, {side.replace('_', ' ')} p50"
        rows.append((label, limit, f"{above:.3f} ms", above <= MAX_ABOVE_EMPTY_MS))
    speed = rows_per_s(many[BATCH])
    label = "batch without reasons, rows/s"
    rows.append((label, f"≥ {MIN_ROWS_PER_S:,}", f"{speed:,.0f}", speed >= MIN_ROWS_PER_S))
    return rows
