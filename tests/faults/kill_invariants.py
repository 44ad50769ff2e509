"""What must hold when a schedule is over, whatever happened in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from kill_schedule import Schedule
from local_trainings import MAX_RECEIVES

from fraud.domain.jobs import MAX_ATTEMPTS, WORKER_LOST
from fraud.domain.overdue import NEVER_RUN


def broken_promises(schedule: Schedule) -> Iterator[str]:
    """Everything that does not hold, in words."""
    trainings = schedule.trainings
    rows, registry = trainings.rows(), trainings.registry()
    models = {item["sk"]: item for item in registry if item["pk"] == "model"}
    yield from schedule.wrong
    yield from _lost(schedule, rows)
    yield from _models(rows, models)
    yield from _releases(rows, models, registry)
    yield from _files(schedule, rows, models)
    yield from _fits(schedule)


def _lost(schedule: Schedule, rows: dict[int, dict[str, Any]]) -> Iterator[str]:
    for missing in schedule.promised - rows.keys():
        yield f"training {missing} was accepted and is gone"
    for number, row in rows.items():
        if row["status"] not in {"processed", "error"}:
            yield f"training {number} is {row['status']} for ever"
        if row["status"] == "error":
            code, deaths = row["error"]["code"], schedule.deaths[number]
            received = max(schedule.receives.values(), default=0)
            if code not in {WORKER_LOST, NEVER_RUN}:
                yield f"training {number} ended as {row['error']}"
            elif deaths < MAX_ATTEMPTS and received < MAX_RECEIVES:
                yield f"training {number} was given up after {deaths} deaths"


def _models(rows: dict[int, dict[str, Any]], models: dict[str, dict[str, Any]]) -> Iterator[str]:
    made = defaultdict(list)
    for name, model in models.items():
        made[model["training_id"]].append(name)
    for number, row in rows.items():
        if len(made[number]) > 1:
            yield f"training {number} made {made[number]}"
        if row["status"] == "processed" and made[number] != [row["model"]]:
            yield f"training {number} says {row['model']} and made {made[number]}"
        if row["status"] == "error" and made[number] != [m for m in [row.get("model")] if m]:
            yield f"training {number} was given up with {row.get('model')}, made {made[number]}"
        if row["status"] == "processed" and models[row["model"]]["decision"] != row["decision"]:
            yield f"training {number} and its model tell different decisions"


def _releases(
    rows: dict[int, dict[str, Any]],
    models: dict[str, dict[str, Any]],
    registry: list[dict[str, Any]],
) -> Iterator[str]:
    released = sorted(
        (item["sk"], item["pk"].removeprefix("history/"))
        for item in registry
        if item["pk"].startswith("history/") and item["to_state"] == "champion"
    )
    names = [name for _, name in released]
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{name} was promoted {times} times"
    order = [models[name]["training_id"] for name in names]
    if order != sorted(order):
        yield f"an older model replaced a newer one: {order}"
    pointer = next((item for item in registry if item["sk"] == "champion"), None)
    if (pointer["revision"] if pointer else 0) != len(names):
        yield f"the pointer was moved {pointer and pointer['revision']} times, {len(names)} known"
    if pointer and pointer["name"] != names[-1]:
        yield f"{pointer['name']} is enabled, {names[-1]} was released last"
    for row in rows.values():
        if row["status"] == "processed" and row["decision"]["promote"] != (row["model"] in names):
            yield f"training {row['id']} tells {row['decision']}, released were {names}"


def _files(
    schedule: Schedule, rows: dict[int, dict[str, Any]], models: dict[str, dict[str, Any]]
) -> Iterator[str]:
    trainings = schedule.trainings
    stored = {key for key in trainings.objects() if not key.startswith("uploads/")}
    expected = {
        f"models/{name}/{file}" for name, model in models.items() for file in model["files"]
    }
    expected |= {row["dataset_copy"] for row in rows.values() if "dataset_copy" in row}
    if orphans := stored - expected:
        yield f"left behind: {sorted(orphans)}"
    if missing := expected - stored:
        yield f"missing: {sorted(missing)}"
    for name, model in models.items():
        for file, digest in model["files"].items():
            content = trainings.content(f"models/{name}/{file}")
            if hashlib.sha256(content).hexdigest() != digest:
                yield f"{file} of {name} is not what was registered"
        if "card.json" not in model["files"]:
            continue
        card = json.loads(trainings.content(f"models/{name}/card.json"))
        copy = rows[model["training_id"]]["dataset_copy"]
        if copy != f"datasets/{card['dataset']['sha256']}":
            yield f"{name} was trained on other bytes than were kept"


def _fits(schedule: Schedule) -> Iterator[str]:
    lines = [line.split("\t") for line in schedule.journal.read_text().splitlines()]
    begun = Counter(subject for _, subject, point in lines if point == "before note reading")
    for subject, times in begun.items():
        if times > MAX_ATTEMPTS:
            yield f"training {subject} was fitted {times} times"
