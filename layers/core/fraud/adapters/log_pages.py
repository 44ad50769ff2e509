"""The prediction log, as it is listed: by pages, newest first, from all shards of a day at once.

A day is `LOG_SHARDS` partitions, all sorted by the same ids. Each is read downwards, a little at
first, and more of those that may still hold something for the page. A page that cannot be filled
with a bounded number of queries ends where the partition that was read least far has come to.
"""

from __future__ import annotations

import heapq
import math
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

from fraud.adapters.labels import Labels
from fraud.adapters.log_shards import Found, LogShard
from fraud.domain.labels import Label, counting
from fraud.domain.log_listing import LogPage, LogPosition, LogRow, Wanted
from fraud.domain.prediction_ids import LOG_SHARDS, PredictionId, first_id, partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_QUERIES = 8 * LOG_SHARDS
"""For one page: 8 days with little in them, or 8 looks at every shard of one."""
MAX_THREADS = 10  # botocore keeps as many connections open
PROBED_SHARDS = 4
"""Read first. An item holds one prediction or 250 of a batch, so only the rows of some tell how
many items of the other shards a page takes."""
PROBE_ITEMS = 2
"""Two, because the first may be the one that the page before ended in."""
MARGIN = 4
"""Times what a shard has of a page on average, because their shares differ."""
MOST_ITEMS = 8
"""Of every shard, and an eighth of the page's limit beside, before anything else was tried."""
GROWTH = 4


class LogPages:
    """Lists what `PredictionsTable` has written, with the labels beside it."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table = table_name

    def page(self, wanted: Wanted, limit: int, position: LogPosition | None) -> LogPage:
        """The newest of the wanted predictions, below a position if one is given.

        Parameters
        ----------
        limit
            Rows at most. There may be fewer on a page that is not the last, because `MAX_QUERIES`
            were made for it.
        """
        start = wanted.start(position)
        page = _Page(limit, MAX_QUERIES)
        with ThreadPoolExecutor(MAX_THREADS) as pool:
            for day in wanted.days(start):
                if not page.has_room:
                    page.end = LogPosition(first_id(_end_of(day)))
                    break
                page.add_day(self._shards(day, wanted, start), pool)
                if page.end:
                    break
        self._add_labels_above(start, page)
        rows = [LogRow(f.entry, counting(page.labels.get(f.entry.id, ()))) for f in page.found]
        return LogPage(rows, page.end)

    def _shards(self, day: date, wanted: Wanted, start: LogPosition) -> list[LogShard]:
        return [
            LogShard(self._client, self._table, partition(day, shard), wanted, start)
            for shard in range(LOG_SHARDS)
        ]

    def _add_labels_above(self, start: LogPosition, page: _Page) -> None:
        """Where a page begins within a batch, its labels may lie above the position."""
        if any(f.position.base == start.base for f in page.found):
            labels = Labels(self._client, self._table).of_request(PredictionId(start.base))
            for label in labels:
                page.labels.setdefault(label.prediction_id, []).append(label)


@dataclass
class _Page:
    """A page in the making."""

    limit: int
    queries_left: int
    found: list[Found] = field(default_factory=list)
    labels: dict[PredictionId, list[Label]] = field(default_factory=dict)
    end: LogPosition | None = None

    @property
    def has_room(self) -> bool:
        """Whether rows of another day can be added."""
        return len(self.found) < self.limit and self.queries_left >= LOG_SHARDS

    def add_day(self, shards: list[LogShard], pool: Executor) -> None:
        """Add a day's newest rows; sets `end` unless the day has no more."""
        limit = self.limit - len(self.found)
        probed, others = shards[:PROBED_SHARDS], shards[PROBED_SHARDS:]
        self._read(probed, PROBE_ITEMS, pool)
        n_items = _items_needed(probed, limit)
        self._read(others, n_items, pool)
        while (behind := _behind(shards, limit)) and len(behind) <= self.queries_left:
            self._read(behind, n_items, pool)
            n_items *= GROWTH
        self._add_rows(shards, limit, complete=not behind)

    def _read(self, shards: list[LogShard], n_items: int, pool: Executor) -> None:
        for _ in pool.map(LogShard.read, shards, repeat(n_items)):
            self.queries_left -= 1

    def _add_rows(self, shards: list[LogShard], limit: int, *, complete: bool) -> None:
        horizon = max((shard.reached for shard in shards if shard.reached), default="")
        found = [f for shard in shards for f in shard.found]
        ready = heapq.nlargest(limit, (f for f in found if f.place[0] >= horizon), key=_place)
        self.found += ready
        for shard in shards:
            self.labels |= shard.labels
        if not complete:
            self.end = LogPosition(horizon)
        elif horizon or len(ready) < len(found):
            self.end = ready[-1].position


def _items_needed(probed: list[LogShard], limit: int) -> int:
    """Of each other shard for its part of a page, by the rows of the items that were read."""
    most = MOST_ITEMS + limit // 8
    rows = sum(len(shard.found) for shard in probed)
    if not rows:
        return most
    items = len(probed) * PROBE_ITEMS
    needed = math.ceil(MARGIN * limit * items / (LOG_SHARDS * rows))
    return min(most, max(PROBE_ITEMS, needed))


def _behind(shards: list[LogShard], limit: int) -> list[LogShard]:
    """The shards that may hold one of the first rows, of those not read yet."""
    first = heapq.nlargest(limit, (f.place for shard in shards for f in shard.found))
    lowest = first[-1][0] if len(first) == limit else ""
    return [shard for shard in shards if shard.reached and shard.reached > lowest]


def _place(found: Found) -> tuple[str, int]:
    return found.place


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)
