"""Clients that ask without a pause, and what they were answered.

Each client is a coroutine with a connection of its own: it sends, waits for the answer, and sends
the next. Whatever is not the answer that must come is an error.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

BATCH_ROWS = 20
PATIENCE_S = 60
TYPES = ("CASH_IN", "CASH_OUT", "DEBIT", "PAYMENT", "TRANSFER")

type Fields = dict[str, Any]


class Ask(NamedTuple):
    """One kind of request: its share of all, and the status that must come."""

    name: str
    weight: int
    status: int
    method: str
    path: str


PREDICT = Ask("predict", 55, 200, "POST", "/model/predict")
BATCH = Ask(f"batch of {BATCH_ROWS}", 8, 200, "POST", "/model/predict/batch")
INVALID = Ask("predict, invalid", 7, 422, "POST", "/model/predict")
LOOK_UP = Ask("one prediction", 8, 200, "GET", "/predictions/{id}")
LISTED = Ask("list of predictions", 2, 200, "GET", "/predictions?limit=10")
HEALTH = Ask("health", 8, 200, "GET", "/model/healthy")
TRAININGS = Ask("list of trainings", 6, 200, "GET", "/training?limit=10")
STATUS = Ask("status", 6, 200, "GET", "/status")
MIX = (PREDICT, BATCH, INVALID, LOOK_UP, LISTED, HEALTH, TRAININGS, STATUS)


@dataclass
class Traffic:
    """What was sent, and what came back.

    Attributes
    ----------
    latencies_ms
        By kind of request, of right answers only.
    errors
        By kind and what came instead.
    """

    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    took_s: float = 0.0

    def count(self, ask: Ask, latency_ms: float, answered: str) -> None:
        """Note one answer; `answered` is its status, or the failure's name."""
        if answered == str(ask.status):
            self.latencies_ms.setdefault(ask.name, []).append(latency_ms)
        else:
            self.errors[f"{ask.name}: {answered}"] += 1

    @property
    def all_latencies_ms(self) -> list[float]:
        """Of all kinds together."""
        return [ms for kind in self.latencies_ms.values() for ms in kind]


@dataclass
class Load:
    """How much to send, at most.

    Attributes
    ----------
    on_progress
        Awaited after every `every` requests, with their number so far.
    """

    clients: int = 64
    requests: int | None = None
    seconds: float | None = None
    seed: int = 1
    every: int = 500
    on_progress: Callable[[int], Awaitable[None]] | None = None


async def send(api_url: str, api_key: str, load: Load) -> Traffic:
    """Send until the requests or the seconds are used up."""
    traffic = Traffic()
    began = time.monotonic()
    ends = began + load.seconds if load.seconds else float("inf")
    async with asyncio.TaskGroup() as clients:
        for n in range(load.clients):
            rng = random.Random(f"{load.seed} {n}")  # noqa: S311 - repeatable, not secret
            clients.create_task(_client(api_url, api_key, load, traffic, rng, ends))
    traffic.took_s = time.monotonic() - began
    return traffic


async def _client(
    api_url: str, api_key: str, load: Load, traffic: Traffic, rng: random.Random, ends: float
) -> None:
    latest_id: str | None = None
    headers = {"X-Api-Key": api_key}
    async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_S, trust_env=False) as http:
        while time.monotonic() < ends and traffic.sent < (load.requests or float("inf")):
            traffic.sent += 1
            sent = traffic.sent
            ask = rng.choices(MIX, [ask.weight for ask in MIX])[0]
            if ask is LOOK_UP and latest_id is None:
                ask = PREDICT
            path = ask.path.format(id=latest_id)
            body = body_of(ask, rng)
            asked_at = time.perf_counter()
            try:
                answer = await http.request(ask.method, api_url + path, json=body)
            except httpx.HTTPError as e:
                traffic.count(ask, 0, type(e).__name__)
            else:
                latency_ms = 1000 * (time.perf_counter() - asked_at)
                traffic.count(ask, latency_ms, str(answer.status_code))
                if ask is PREDICT and answer.status_code == ask.status:
                    latest_id = answer.json()["prediction_id"]
            if load.on_progress and sent % load.every == 0:
                await load.on_progress(sent)


def body_of(ask: Ask, rng: random.Random) -> Fields | None:
    """What a request of this kind sends."""
    if ask is PREDICT:
        return _transaction(rng)
    if ask is BATCH:
        rows = [_transaction(rng) for _ in range(BATCH_ROWS)]
        return {"transactions": rows, "reasons": rng.random() < 0.5}
    return {**_transaction(rng), "amount_log": -1.0} if ask is INVALID else None


def _transaction(rng: random.Random) -> Fields:
    return {
        "day_of_month": rng.randint(1, 31),
        "type": rng.choice(TYPES),
        "amount_log": rng.uniform(0, 16),
        "amount_dest": rng.uniform(0, 1e7),
    }
