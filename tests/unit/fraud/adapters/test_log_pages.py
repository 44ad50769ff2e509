"""Pages of the log are exact and bounded, whatever a table returns at a time."""

from __future__ import annotations

import random
import threading
from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fraud.adapters import log_pages
from fraud.adapters.labels import Labels
from fraud.adapters.log_pages import MAX_QUERIES, LogPages
from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.labels import Label, LabelRequest, counting, new_label
from fraud.domain.log_listing import LogPosition, LogRow, Wanted
from fraud.domain.prediction_ids import LOG_SHARDS, PredictionId
from fraud.domain.prediction_log import LoggedPredictions, PredictionEntry, pack, unpack

NOW = datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC)
KEEP = timedelta(days=30_000)
EXPIRED = timedelta(days=-30_000)
DAYS = 4
MAX_PAGES = 5000


class FakeDynamoDB:
    """Puts and queries of one table, its pages cut by items and by bytes as DynamoDB's are."""

    def __init__(self, page_bytes: int) -> None:
        self._partitions: defaultdict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        self._page_bytes = page_bytes
        self._lock = threading.Lock()
        self.queries: list[dict[str, Any]] = []

    def put_item(self, TableName: str, Item: dict[str, Any], **_: Any) -> None:
        insort(self._partitions[Item["pk"]["S"]], (Item["sk"]["S"], Item), key=lambda pair: pair[0])

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:
        for table, requests in RequestItems.items():
            for request in requests:
                self.put_item(table, request["PutRequest"]["Item"])
        return {}

    def query(self, **query: Any) -> dict[str, Any]:
        with self._lock:
            self.queries.append(query)
        values = {
            name: next(iter(v.values())) for name, v in query["ExpressionAttributeValues"].items()
        }
        low, high = values[":low"], values[":high"]
        assert low <= high, "DynamoDB refuses such bounds"
        backwards = query.get("ScanIndexForward") is False
        items = [i for sk, i in self._partitions[values[":pk"]] if low <= sk <= high]
        items = items[::-1] if backwards else items
        after = query.get("ExclusiveStartKey")
        if after:
            place = next(n for n, i in enumerate(items) if i["sk"] == after["sk"])
            items = items[place + 1 :]
        page = self._page(items, query.get("Limit", len(items)))
        answer: dict[str, Any] = {"Items": [i for i in page if _passes(i, query, values)]}
        if len(page) < len(items) or (page and len(page) == query.get("Limit")):
            answer["LastEvaluatedKey"] = {"pk": page[-1]["pk"], "sk": page[-1]["sk"]}
        return answer

    def _page(self, items: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
        page, size = [], 0
        for item in items[:limit]:
            size += 300 + len(item.get("body", {}).get("B", b""))
            if page and size > self._page_bytes:
                break
            page.append(item)
        return page


def _passes(item: dict[str, Any], query: dict[str, Any], values: dict[str, str]) -> bool:
    if int(item["expires_at"]["N"]) <= int(values[":now"]):
        return False
    if "labelled_at" in item:
        return True
    if query["FilterExpression"].startswith("attribute_exists(#label)"):
        return False
    return all(
        values[f":{name}"] in (item[name].get("S"), *item[name].get("SS", ()))
        for name in ("client", "model", "outcomes")
        if f":{name}" in values
    )


class World:
    """A log, and what it holds."""

    def __init__(self, predicted: Callable[..., LoggedPredictions], page_bytes: int) -> None:
        self.dynamodb = FakeDynamoDB(page_bytes)
        self._predicted = predicted
        self.entries: list[PredictionEntry] = []
        self.labels: defaultdict[PredictionId, list[Label]] = defaultdict(list)

    def put(self, *request: Any, keep: timedelta = KEEP, **how: Any) -> None:
        predictions = self._predicted(*request, **how)
        PredictionsTable(self.dynamodb, "log", keep).put(predictions)  # type: ignore[arg-type]
        if keep == KEEP:
            self.entries += [e for item in pack(predictions) for e in unpack(item.body)]

    def label(self, entry: PredictionEntry, is_fraud: bool) -> None:
        label = new_label(entry, LabelRequest(is_fraud=is_fraud), "office", NOW)
        labels = Labels(self.dynamodb, "log")  # type: ignore[arg-type]
        labels.add(label, len(self.labels[entry.id]), int((NOW + KEEP).timestamp()))
        self.labels[entry.id].append(label)

    def pages(self, wanted: Wanted, limits: Iterator[int]) -> Iterator[list[LogRow]]:
        pages = LogPages(self.dynamodb, "log")  # type: ignore[arg-type]
        position: LogPosition | None = None
        for limit in limits:
            self.dynamodb.queries.clear()
            page = pages.page(wanted, limit, position)
            assert len(page.rows) <= limit
            yield page.rows
            if page.position is None:
                return
            assert position is None or page.position != position
            position = page.position

    def expected(self, wanted: Wanted) -> list[LogRow]:
        found = [
            e
            for e in self.entries
            if wanted.since <= e.id.at < wanted.until
            and wanted.outcome in {None, e.outcome}
            and wanted.model_name in {None, e.model_name}
            and wanted.client in {None, e.client}
        ]
        found.sort(key=lambda e: (e.id.base, e.id.index or 0), reverse=True)
        return [LogRow(e, counting(self.labels.get(e.id, ()))) for e in found]


def fill(world: World, rng: random.Random, n: int) -> None:
    """Singles and batches over some days, many of the same millisecond, some labelled often."""
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(n):
        at = NOW - timedelta(milliseconds=rng.randrange(DAYS * 86_400_000))
        if rng.random() < 0.2:
            odd = timedelta(milliseconds=rng.choice([-1, 0, 1]))
            at = midnight - timedelta(days=rng.randrange(DAYS)) + odd
        size = rng.choice([1, 3, 40, 300, 600])
        indexes = sorted(rng.sample(range(1000), size)) if rng.random() < 0.05 else None
        world.put(rng, at, indexes, keep=EXPIRED if rng.random() < 0.05 else KEEP)
    for entry in rng.sample(world.entries, min(n // 4, len(world.entries))):
        for _ in range(rng.choice([1, 1, 2, 25])):
            world.label(entry, rng.random() < 0.5)


def some_wanted(rng: random.Random) -> Wanted:
    since, until = NOW - timedelta(days=DAYS + 1), NOW + timedelta(milliseconds=1)
    if rng.random() < 0.4:
        since = NOW - timedelta(milliseconds=rng.randrange(10**8, DAYS * 86_400_000))
        until = NOW - timedelta(milliseconds=rng.randrange(10**8))
    return Wanted(
        since,
        until,
        rng.choice([None, "approve", "review", "block"]),
        rng.choice([None, None, "first"]),
        rng.choice([None, None, "a"]),
    )


@pytest.mark.parametrize("page_bytes", [1_048_576, 3_000], ids=["DynamoDB's pages", "tiny pages"])
@pytest.mark.parametrize("seed", range(4))
def test_pages_make_the_whole_list_each_exactly_once(
    predicted: Any, seed: int, page_bytes: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    world = World(predicted, page_bytes)
    fill(world, rng, 250)
    for _ in range(4):
        wanted = some_wanted(rng)
        limits = (rng.choice([1, 20, 100, 100, 100, 100]) for _ in range(MAX_PAGES))
        rows = []
        for page in world.pages(wanted, limits):
            rows += page
            counted = [q for q in world.dynamodb.queries if "Limit" in q]
            assert len(counted) <= MAX_QUERIES
        assert rows == world.expected(wanted)


@pytest.mark.parametrize("seed", range(2))
def test_pages_are_exact_when_each_may_read_very_little(
    predicted: Any, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(log_pages, "MOST_ITEMS", 2)
    monkeypatch.setattr(log_pages, "MAX_QUERIES", LOG_SHARDS)
    rng = random.Random(100 + seed)  # noqa: S311
    world = World(predicted, 1_048_576)
    fill(world, rng, 120)
    for _ in range(2):
        wanted = some_wanted(rng)
        limits = (rng.choice([1, 7, 30]) for _ in range(MAX_PAGES))
        assert [row for page in world.pages(wanted, limits) for row in page] == world.expected(
            wanted
        )


def test_a_full_page_takes_little_more_than_one_look_at_every_shard(predicted: Any) -> None:
    rng = random.Random(5)  # noqa: S311
    world = World(predicted, 1_048_576)
    for i in range(5_000):
        world.put(rng, NOW - timedelta(milliseconds=i))
    wanted = Wanted(NOW - timedelta(hours=1), NOW + timedelta(seconds=1))
    for limit in (20, 100):
        page = next(world.pages(wanted, iter([limit])))
        assert len(page) == limit
        assert len(world.dynamodb.queries) <= 1.2 * LOG_SHARDS
        assert sum(q["Limit"] for q in world.dynamodb.queries) <= 500


@pytest.mark.parametrize("limit", [20, 100])
def test_a_page_of_batches_reads_few_of_their_large_items(predicted: Any, limit: int) -> None:
    rng = random.Random(7)  # noqa: S311
    world = World(predicted, 1_048_576)
    for i in range(200):
        world.put(rng, NOW - timedelta(milliseconds=i), list(range(300)))
    wanted = Wanted(NOW - timedelta(hours=1), NOW + timedelta(seconds=1))
    page = next(world.pages(wanted, iter([limit])))
    assert len(page) == limit
    assert sum(q["Limit"] for q in world.dynamodb.queries if "Limit" in q) <= 2 * LOG_SHARDS


def test_a_filter_that_leaves_little_is_looked_through_in_few_calls(predicted: Any) -> None:
    rng = random.Random(6)  # noqa: S311
    world = World(predicted, 1_048_576)
    for i in range(5_000):
        world.put(rng, NOW - timedelta(milliseconds=i), client="rare" if i == 4_999 else "often")
    wanted = Wanted(NOW - timedelta(hours=1), NOW + timedelta(seconds=1), client="rare")
    (page,) = world.pages(wanted, iter([20]))
    assert [row.entry.client for row in page] == ["rare"]
    assert len(world.dynamodb.queries) <= 4 * LOG_SHARDS


def test_days_with_nothing_in_them_take_a_bounded_number_of_queries(predicted: Any) -> None:
    world = World(predicted, 1_048_576)
    wanted = Wanted(NOW - timedelta(days=20), NOW)
    counts = []
    for page in world.pages(wanted, iter([20] * 9)):
        assert page == []
        counts.append(len(world.dynamodb.queries))
    assert counts == [256, 256, 160]
