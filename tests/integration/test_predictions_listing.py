"""Lists of the prediction log over moto: exact under every filter, whatever lies in between."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fraud.adapters import aws_clients, log_pages
from fraud.adapters.labels import Labels
from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.labels import LabelRequest, new_label
from fraud.domain.log_listing import LogPosition, PageToken
from fraud.domain.prediction_log import LoggedPredictions, PredictionEntry, pack, unpack

PATH = "/api/v1/predictions"
KEEP = timedelta(days=30)
DAYS = 3
MAX_PAGES = 100

type Filters = dict[str, str]


@dataclass(frozen=True)
class World:
    """A log, what it holds, and how to list it."""

    stack: Any
    predicted: Callable[..., LoggedPredictions]
    entries: list[PredictionEntry]
    labelled: dict[str, bool]
    queries: list[dict[str, Any]]

    def put(self, *request: Any, keep: timedelta = KEEP, **how: Any) -> LoggedPredictions:
        predictions = self.predicted(*request, **how)
        PredictionsTable(boto3.client("dynamodb"), "PredictionsTable", keep).put(predictions)
        if predictions.at + keep > datetime.now(UTC):
            self.entries.extend(e for item in pack(predictions) for e in unpack(item.body))
        return predictions

    def label(self, entry: PredictionEntry, is_fraud: bool) -> None:
        expires_at = int((entry.at + KEEP).timestamp())
        label = new_label(entry, LabelRequest(is_fraud=is_fraud), "office", datetime.now(UTC))
        labels = Labels(boto3.client("dynamodb"), "PredictionsTable")
        labels.add(label, len(labels.of(entry.id)), expires_at)
        self.labelled[str(entry.id)] = is_fraud

    def ask(self, query: Filters, client: str = "root", scopes: str = "admin") -> Any:
        return self.stack.call(
            "predictions", "GET", PATH, query=query, client=client, scopes=scopes
        )

    def pages(
        self, filters: Filters, limits: Iterator[int], **who: Any
    ) -> Iterator[list[dict[str, Any]]]:
        query = dict(filters)
        for _ in range(MAX_PAGES):
            limit = next(limits)
            self.queries.clear()
            answer = self.ask({**query, "limit": str(limit)}, **who)
            assert answer.status == 200, answer.body
            assert len(answer.body["predictions"]) <= limit
            assert len(self.queries) <= log_pages.MAX_QUERIES + 1
            yield answer.body["predictions"]
            if answer.body["next"] is None:
                return
            query["next"] = answer.body["next"]
        raise AssertionError("the list has no end")

    def expected(self, filters: Filters, only: str | None = None) -> list[str]:
        since = datetime.fromisoformat(filters["from"])
        until = datetime.fromisoformat(filters.get("to", "9999-01-01T00:00:00Z"))
        rows = [
            e
            for e in self.entries
            if since <= e.id.at < until
            and filters.get("outcome") in {None, e.outcome}
            and filters.get("model") in {None, e.model_name}
            and filters.get("client") in {None, e.client}
            and only in {None, e.client}
        ]
        rows.sort(key=lambda e: (e.id.base, e.id.index or 0), reverse=True)
        return [str(e.id) for e in rows]


@pytest.fixture
def world(stack: Any, predicted: Callable[..., LoggedPredictions]) -> World:
    queries: list[dict[str, Any]] = []
    events = aws_clients.dynamodb_client().meta.events
    events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: queries.append(params)
    )
    return World(stack, predicted, [], {}, queries)


def at_random(rng: random.Random, now: datetime) -> datetime:
    """A moment of the last days, often shared with others to the millisecond."""
    if rng.random() < 0.2:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
            days=rng.randrange(DAYS), milliseconds=rng.choice([-1, 0, 1])
        )
    return now - timedelta(seconds=rng.randrange(DAYS * 86_400))


def fill(world: World, rng: random.Random, n: int) -> None:
    now = datetime.now(UTC).replace(microsecond=123_000) - timedelta(seconds=1)
    for _ in range(n):
        indexes = None
        if rng.random() < 0.1:
            indexes = sorted(rng.sample(range(1000), rng.choice([1, 3, 40, 300])))
        keep = timedelta(seconds=1) if rng.random() < 0.05 else KEEP
        world.put(rng, min(now, at_random(rng, now)), indexes, keep=keep)
    for entry in rng.sample(world.entries, min(60, len(world.entries))):
        for _ in range(rng.choice([1, 1, 2, 5])):
            world.label(entry, rng.random() < 0.5)


def some_filters(rng: random.Random) -> Filters:
    now = datetime.now(UTC).replace(microsecond=0)
    chosen = {"from": (now - timedelta(days=DAYS + 1)).isoformat()}
    if rng.random() < 0.3:
        chosen["from"] = (now - timedelta(hours=rng.randrange(12, 70))).isoformat()
        chosen["to"] = (now - timedelta(hours=rng.randrange(1, 10))).isoformat()
    if rng.random() < 0.5:
        chosen["outcome"] = rng.choice(["approve", "review", "block"])
    if rng.random() < 0.5:
        chosen["model"] = rng.choice(["first", "second"])
    if rng.random() < 0.5:
        chosen["client"] = rng.choice("abc")
    return chosen


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_any_size_make_the_whole_list_each_exactly_once(world: World, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - not for secrets
    fill(world, rng, 60)
    for _ in range(3):
        filters = some_filters(rng)
        limits = iter(lambda: rng.choice([1, 30, 100, 100, 100, 100]), 0)
        rows = [row for page in world.pages(filters, limits) for row in page]
        assert [row["prediction_id"] for row in rows] == world.expected(filters)
        said = {r["prediction_id"]: r["label"]["is_fraud"] for r in rows if r["label"]}
        shown = {row["prediction_id"] for row in rows}
        assert said == {i: fraud for i, fraud in world.labelled.items() if i in shown}


def test_a_batch_is_paged_from_its_last_member_with_every_label(world: World) -> None:
    rng = random.Random(1)  # noqa: S311
    world.put(rng, datetime.now(UTC), list(range(600)), client="a")
    for index in (0, 1, 17, 249, 250, 599):
        for fraud in (False, True) * 2:
            world.label(world.entries[index], fraud)
    filters = {"from": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}
    rows = [row for page in world.pages(filters, iter(lambda: 95, 0)) for row in page]
    indexes = [int(row["prediction_id"].rpartition("-")[2]) for row in rows]
    assert indexes == list(range(599, -1, -1))
    labelled = {i for i, row in zip(indexes, rows, strict=True) if row["label"]}
    assert labelled == {0, 1, 17, 249, 250, 599}
    assert all(row["label"]["is_fraud"] for row in rows if row["label"])


def test_everyone_lists_their_own(world: World) -> None:
    rng = random.Random(2)  # noqa: S311
    fill(world, rng, 30)
    filters = {"from": (datetime.now(UTC) - timedelta(days=DAYS + 1)).isoformat()}
    who = {"client": "a", "scopes": "read predict"}
    for mine in (filters, {**filters, "client": "a"}):
        rows = [r for page in world.pages(mine, iter(lambda: 100, 0), **who) for r in page]
        assert [r["prediction_id"] for r in rows] == world.expected(filters, only="a")
        assert {r["client"] for r in rows} == {"a"}


def test_anothers_list_is_forbidden_without_admin(world: World) -> None:
    answer = world.ask({"client": "b"}, client="a", scopes="read predict train")
    assert (answer.status, answer.body["error"]["code"]) == (403, "forbidden")
    assert set(answer.body["error"]) == {"code", "message", "request_id"}


def test_by_default_the_last_24_hours_are_listed_and_paging_does_not_move_them(
    world: World,
) -> None:
    rng = random.Random(3)  # noqa: S311
    now = datetime.now(UTC)
    for hours in (0, 1, 23.9, 24.1, 30):
        world.put(rng, now - timedelta(hours=hours))
    body = world.ask({}).body
    assert len(body["predictions"]) == 3
    assert body["next"] is None
    token = world.ask({"limit": "1"}).body["next"]
    assert PageToken.decode(token).since == pytest.approx(
        now - timedelta(hours=24), abs=timedelta(minutes=1)
    )


def test_a_row_has_what_a_list_needs(world: World) -> None:
    rng = random.Random(4)  # noqa: S311
    made = world.put(rng, datetime.now(UTC), client="a", model="first", outcome="review")
    world.label(world.entries[0], True)
    (row,) = world.ask({}).body["predictions"]
    assert datetime.fromisoformat(row.pop("at")) == made.at
    label = row.pop("label")
    assert (label["is_fraud"], label["client"]) == (True, "office")
    assert row == {
        "prediction_id": str(made.id),
        "client": "a",
        "model": {"name": "first", "version": 1},
        "probability": 0.4,
        "risk_score": 500,
        "outcome": "review",
        "is_fraud": False,
    }


def test_a_long_empty_time_is_listed_in_bounded_steps(world: World) -> None:
    filters = {"from": (datetime.now(UTC) - timedelta(days=20)).isoformat()}
    pages = list(world.pages(filters, iter(lambda: 20, 0)))
    assert pages == [[], [], []]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"outcome": "fraud"}, "outcome"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-22T20:00:00"}, "from"),
        ({"from": "1700000000"}, "from"),
        ({"to": "2026-11-22T20:00:00 01:00"}, "to"),
        ({"from": "2026-11-22T20:00:00Z", "to": "2026-11-22T19:00:00Z"}, "from"),
        ({"from": "2999-01-01T00:00:00Z"}, "from"),
        ({"model": ""}, "model"),
        ({"client": "x" * 201}, "client"),
    ],
)
def test_an_odd_filter_is_named(world: World, query: Filters, field: str) -> None:
    answer = world.ask(query)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "1969-01-01T00:00:00Z", "to": "1970-06-01T00:00:00Z"},
        {"to": "0001-01-01T00:00:00Z"},
        {"to": "9999-12-31T23:59:59Z"},
        {"to": "2999-12-31T23:59:59-23:59"},
        {"from": "0001-01-01T00:00:00Z"},
    ],
)
def test_times_when_nothing_can_be_are_empty(world: World, query: Filters) -> None:
    answer = world.ask(query)
    assert (answer.status, answer.body["predictions"]) == (200, [])


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


SK = "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H"


@pytest.mark.parametrize(
    "token",
    [
        "x", "e30=", "bm90IGpzb24=", "\u00e9", "",
        _encoded({"id": {"N": "1"}, "kind": {"S": "training"}, "created_at": {"S": "x"}}),
        _encoded([SK, None]), _encoded([SK, "1", 0]), _encoded([SK, True, 0]),
        _encoded([SK, None, "0"]), _encoded([SK, None, 1e400]), _encoded([SK, None, 10**18]),
        _encoded([f"{SK}'", None, 0]), _encoded([None, None, 0]), _encoded([SK[3:], None, 0]),
        _encoded(["pr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", None, 0]), _encoded([[SK], None, 0]),
        "WzEsMiwz" * 200,
    ],
)  # fmt: skip
def test_a_foreign_page_token_is_refused(world: World, token: str) -> None:
    answer = world.ask({"next": token})
    assert (answer.status, answer.body["error"]["code"]) == (400, "bad_request")
    assert world.queries == []


def test_a_token_opens_no_more_than_its_bearer_sees(world: World) -> None:
    rng = random.Random(6)  # noqa: S311
    for i in range(6):
        world.put(rng, datetime.now(UTC) - timedelta(minutes=i), client="ab"[i % 2])
    token = world.ask({"limit": "1"}).body["next"]
    rows = world.ask({"next": token}, client="b", scopes="read").body["predictions"]
    assert {row["client"] for row in rows} == {"b"}


def test_a_token_reads_back_as_itself() -> None:
    for position in (
        LogPosition(SK),
        LogPosition(f"{SK}-3", 750),
        LogPosition(f"{SK}#label#{SK[3:]}"),
    ):
        token = PageToken(position, datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC))
        assert PageToken.decode(token.encode()) == token


def test_when_dynamodb_does_not_answer_it_is_503(world: World) -> None:
    boto3.client("dynamodb").delete_table(TableName="PredictionsTable")
    for answer in (
        world.ask({}),
        world.stack.call("predictions", "GET", f"{PATH}/{SK}"),
        world.stack.call("predictions", "POST", f"{PATH}/{SK}/label", {"is_fraud": True}),
    ):
        assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
