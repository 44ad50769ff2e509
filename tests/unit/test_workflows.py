"""The state machines' retriers: what Lambda has no room for yet waits until it has."""

import heapq
import json
import random
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted(PROJECT.glob("functions/*/workflow.asl.json"))
THROTTLED = "Lambda.TooManyRequestsException"
EXPRESS_S = 300
AT_ONCE, ALLOWED, RANGES, RANGE_S = 100, 80, 1_301, 5.0
"""Children of a map, workers that Lambda has room for, and what there is to do."""
START_S = 0.05
"""From the end of a child to the first call of the next one, assumed."""


def tasks(states: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tasks by name, those within maps too."""
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, state
        elif "ItemProcessor" in state:
            yield from tasks(state["ItemProcessor"]["States"])


def retrier_of(state: Mapping[str, Any], error: str) -> dict[str, Any]:
    """The first that names an error, as Step Functions chooses."""
    for retrier in state["Retry"]:
        if set(retrier["ErrorEquals"]) & {error, "States.TaskFailed", "States.ALL"}:
            return dict(retrier)
    raise AssertionError(f"nothing tries again after {error}")


def ends(retrier: Mapping[str, Any], seed: int) -> list[float | None]:
    """How long each child of a map was refused until it ran; None for one that gave up."""
    chance, order = random.Random(seed), count()  # noqa: S311 - a simulation
    calls = [(chance.random() * START_S, next(order), 0, 0.0) for _ in range(AT_ONCE)]
    heapq.heapify(calls)
    left = RANGES - AT_ONCE
    running: list[float] = []
    waited: list[float | None] = []
    while calls:
        now, _, attempt, since = heapq.heappop(calls)
        since = since or now
        while running and running[0] <= now:
            heapq.heappop(running)
        if len(running) < ALLOWED:
            heapq.heappush(running, now + RANGE_S)
            waited.append(now - since)
            over = now + RANGE_S
        elif attempt < retrier["MaxAttempts"]:
            longest = retrier["IntervalSeconds"] * retrier["BackoffRate"] ** attempt
            pause = chance.random() * min(longest, retrier["MaxDelaySeconds"])
            heapq.heappush(calls, (now + pause, next(order), attempt + 1, since))
            continue
        else:
            waited.append(None)
            over = now
        if left:
            left -= 1
            heapq.heappush(calls, (over + START_S, next(order), 0, 0.0))
    return waited


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.parent.name)
def test_every_task_waits_for_room_longer_than_for_anything_else(path: Path) -> None:
    found = dict(tasks(json.loads(path.read_text(encoding="utf-8"))["States"]))
    assert len(found) >= 4
    for name, state in found.items():
        retrier = retrier_of(state, THROTTLED)
        assert retrier["ErrorEquals"] == [THROTTLED], name
        assert retrier["JitterStrategy"] == "FULL", name
        pauses = [
            min(
                retrier["IntervalSeconds"] * retrier["BackoffRate"] ** n, retrier["MaxDelaySeconds"]
            )
            for n in range(retrier["MaxAttempts"])
        ]
        assert EXPRESS_S / 3 < sum(pauses) / 2 < EXPRESS_S / 2, name  # half of them on average
        assert retrier_of(state, "Unavailable")["ErrorEquals"] == ["States.TaskFailed"], name


def test_a_map_that_is_wider_than_lambda_has_room_ends_all_the_same() -> None:
    path = PROJECT / "functions/scoring/workflow.asl.json"
    states = dict(tasks(json.loads(path.read_text(encoding="utf-8"))["States"]))
    for seed in range(20):
        waited = ends(retrier_of(states["ScoreRange"], THROTTLED), seed)
        assert len(waited) == RANGES
        longest = [seconds for seconds in waited if seconds is not None]
        assert len(longest) == RANGES, f"{RANGES - len(longest)} gave up"
        assert max(longest) + RANGE_S < EXPRESS_S


def test_the_simulation_fails_where_throttles_are_tried_again_as_anything_else_is() -> None:
    path = PROJECT / "functions/scoring/workflow.asl.json"
    states = dict(tasks(json.loads(path.read_text(encoding="utf-8"))["States"]))
    retrier = retrier_of(states["ScoreRange"], "Unavailable")
    assert sum(None in ends(retrier, seed) for seed in range(20)) >= 18
