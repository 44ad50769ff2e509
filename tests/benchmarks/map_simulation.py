"""How long a Distributed Map takes, by the limits that AWS documents.

All shards are alike. Workers come as Lambda starts them, each takes one shard after the other, and
no limit on requests a second is passed.

References
----------
AWS Lambda Developer Guide, "Lambda quotas" and "Lambda scaling behavior"; AWS Step Functions
Developer Guide, "Step Functions service quotas"; Amazon S3 User Guide, "Best practices design
patterns: optimizing Amazon S3 performance"; Amazon DynamoDB Developer Guide, "DynamoDB on-demand
capacity mode".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, inf

import numpy as np

PRECISION_S = 0.01
TELLING = 0.05
"""A limit is named when the map would take at least this share less without it."""


@dataclass(frozen=True)
class Limits:
    """What AWS allows an account at first, in one region.

    Attributes
    ----------
    concurrency
        Executions of all functions at once; can be raised to tens of thousands.
    environments_at_once, environments_per_s
        How many workers of a function can start at once, and every second from then on.
    children
        Children of one map at once; cannot be raised.
    gets_per_s, puts_per_s
        Of one prefix, as S3 has partitioned it.
    writes_per_s
        Write units of a new on-demand table; it doubles as traffic grows.
    """

    concurrency: float = 1_000
    environments_at_once: float = 1_000
    environments_per_s: float = 100
    children: float = 10_000
    gets_per_s: float = 5_500
    puts_per_s: float = 3_500
    writes_per_s: float = 4_000


DOCUMENTED = Limits()


@dataclass(frozen=True)
class MapWork:
    """A map over shards.

    Attributes
    ----------
    seconds
        Of a warm worker, for each.
    cold_start_s
        Before a worker's first shard.
    gets, puts, writes
        Requests for each shard.
    max_concurrency
        What the stack's `parameter` allows.
    """

    shards: int
    seconds: float
    cold_start_s: float
    gets: float
    puts: float
    writes: float
    max_concurrency: float
    parameter: str


def map_seconds(work: MapWork, limits: Limits = DOCUMENTED) -> float:
    """Seconds until the last shard is done."""
    return max(
        _working_s(work, limits),
        work.shards * work.gets / limits.gets_per_s,
        work.shards * work.puts / limits.puts_per_s,
        work.shards * work.writes / limits.writes_per_s,
    )


def workers(work: MapWork, limits: Limits = DOCUMENTED) -> int:
    """Workers there will be, at most."""
    return int(min(work.shards, work.max_concurrency, limits.concurrency, limits.children))


def bottleneck(work: MapWork, limits: Limits = DOCUMENTED) -> str:
    """The limit without which the map would end soonest; none where it would hardly end sooner."""
    unbounded = replace(limits, concurrency=inf, children=inf)
    without = {
        _cap(work, limits): map_seconds(replace(work, max_concurrency=inf), unbounded),
        "Lambda's scaling rate": map_seconds(work, replace(limits, environments_at_once=inf)),
        "S3 GETs a second": map_seconds(work, replace(limits, gets_per_s=inf)),
        "S3 PUTs a second": map_seconds(work, replace(limits, puts_per_s=inf)),
        "DynamoDB writes a second": map_seconds(work, replace(limits, writes_per_s=inf)),
    }
    name = min(without, key=lambda each: without[each])
    return name if without[name] < (1 - TELLING) * map_seconds(work, limits) else "one shard"


def _cap(work: MapWork, limits: Limits) -> str:
    """What the number of workers is bounded by: a quota, where a parameter allows no less."""
    caps = {
        "the map's children": limits.children,
        "Lambda concurrency": limits.concurrency,
        work.parameter: work.max_concurrency,
    }
    return min(caps, key=lambda name: caps[name])


def _working_s(work: MapWork, limits: Limits) -> float:
    """When so many shards are done as there are, by the workers there are by then."""
    if not work.shards:
        return 0.0
    number = np.arange(workers(work, limits))
    late = np.maximum(0, number - limits.environments_at_once + 1)
    begins = np.ceil(late) / limits.environments_per_s + work.cold_start_s
    low, high = 0.0, begins[0] + ceil(work.shards) * work.seconds
    while high - low > PRECISION_S:
        middle = (low + high) / 2
        done = np.maximum(0, (middle - begins) // work.seconds).sum()
        low, high = (low, middle) if done >= work.shards else (middle, high)
    return float(high)
