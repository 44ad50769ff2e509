"""Writing to the log is bounded in time, repeatable, and spread over partitions."""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import endpoint
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from fraud.adapters import resending
from fraud.adapters.aws_clients import prompt_dynamodb_client
from fraud.adapters.predictions_table import ROUNDS, PredictionsTable
from fraud.domain import prediction_ids
from fraud.domain.errors import Unavailable
from fraud.domain.log_messages import from_message, to_message
from fraud.domain.prediction_ids import LOG_SHARDS, PredictionId
from fraud.domain.prediction_log import pack

KEEP = timedelta(days=30)
WRITE_UNIT_BYTES = 1024
UNITS_PER_S = 1000
"""What DynamoDB takes for one partition key
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html)."""


@dataclass
class FakeDynamoDB:
    """Keeps items; leaves unprocessed what a script says."""

    left: list[set[int]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def put_item(self, TableName, Item, **_):
        self.calls.append(1)
        self.items.append(Item)
        return {}

    def batch_write_item(self, RequestItems):
        (requests,) = RequestItems.values()
        self.calls.append(len(requests))
        left = self.left.pop(0) if self.left else set()
        self.items += [r["PutRequest"]["Item"] for i, r in enumerate(requests) if i not in left]
        return {"UnprocessedItems": {"log": [r for i, r in enumerate(requests) if i in left]}}


def test_unprocessed_items_are_written_in_a_second_round_alone(logged, monkeypatch) -> None:
    monkeypatch.setattr(resending.time, "sleep", lambda _: None)
    for left, calls in (({1, 3}, [4, 2]), ({2}, [4, 1])):
        client = FakeDynamoDB([left])
        PredictionsTable(client, "log", KEEP).put(logged(1000))
        assert client.calls == calls
        assert len({item["sk"]["S"] for item in client.items}) == len(client.items) == 4


def test_after_the_second_round_the_log_is_unavailable(logged, monkeypatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(resending.time, "sleep", pauses.append)
    client = FakeDynamoDB([{0, 1, 2, 3}] * 9)
    with pytest.raises(Unavailable):
        PredictionsTable(client, "log", KEEP).put(logged(1000))
    assert len(client.calls) == ROUNDS == 2
    assert sum(pauses) <= 0.05


def test_a_buffered_item_is_written_exactly_as_it_would_have_been(logged) -> None:
    direct, drained = FakeDynamoDB(), FakeDynamoDB()
    predictions = logged(600)
    PredictionsTable(direct, "log", KEEP).put(predictions)
    for item in pack(predictions):
        PredictionsTable(drained, "log", KEEP).add(from_message(to_message(item)))
    assert drained.items == direct.items


def throttled(request: Any, **_: Any) -> AWSResponse:
    class Raw:
        def stream(self, *_: Any, **__: Any) -> list[bytes]:
            return [b'{"__type": "x#ProvisionedThroughputExceededException"}']

    return AWSResponse(request.url, 400, {}, Raw())


def broken(request: Any, **_: Any) -> AWSResponse:
    raise ConnectionClosedError(endpoint_url=request.url)


@pytest.mark.parametrize("trouble", [throttled, broken])
def test_a_write_that_fails_is_given_up_after_one_retry_and_50_ms(
    logged, trouble, monkeypatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(endpoint.time, "sleep", slept.append)
    client = prompt_dynamodb_client.__wrapped__()
    calls: list[str] = []

    def answer(event_name: str, **sent: Any) -> AWSResponse:
        calls.append(event_name)
        return trouble(**sent)

    client.meta.events.register_first("before-send.dynamodb", answer)
    table = PredictionsTable(client, "log", KEEP)
    for predictions in (logged(), logged(1000)):
        slept.clear()
        calls.clear()
        with pytest.raises(Unavailable):
            table.put(predictions)
        assert len(calls) == 2
        assert slept == [0.05]


def write_units(item: dict[str, Any]) -> int:
    """What DynamoDB charges for writing an item: a unit for every 1,024 bytes begun."""

    def size(value: dict[str, Any]) -> int:
        ((kind, content),) = value.items()
        return sum(map(len, content)) if kind == "SS" else len(content)

    return math.ceil(sum(len(n) + size(v) for n, v in item.items()) / WRITE_UNIT_BYTES)


@pytest.fixture(scope="module")
def units(logged) -> Callable[[int | None, bool], list[int]]:
    """The write units of the items of a request, by its size and whether it has reasons."""
    known: dict[tuple[int | None, bool], list[int]] = {}

    def of(n: int | None, reasons: bool) -> list[int]:
        if (n, reasons) not in known:
            client = FakeDynamoDB()
            PredictionsTable(client, "log", KEEP).put(logged(n, reasons=reasons))
            known[n, reasons] = [write_units(item) for item in client.items]
        return known[n, reasons]

    return of


def sizes(n_predictions: int, single_share: float, rng: random.Random) -> list[int | None]:
    """Requests of a number of predictions: single ones, and batches of every size, shuffled."""
    drawn: list[int | None] = [None] * round(n_predictions * single_share)
    left = n_predictions - len(drawn)
    while left > 0:
        size = min(left, 4 ** rng.randint(0, 4), 1000) if rng.random() < 0.9 else min(left, 1000)
        drawn.append(size)
        left -= size
    rng.shuffle(drawn)
    return drawn


@pytest.fixture
def rng(monkeypatch: pytest.MonkeyPatch) -> random.Random:
    """Numbers that are the same in every run; predictions get their ids of them, too."""
    drawn = random.Random(1)  # noqa: S311 - not for secrets
    monkeypatch.setattr(secrets, "randbits", drawn.getrandbits)
    return drawn


@pytest.mark.parametrize("single_share", [0.6, 0.2])
def test_the_busiest_partition_of_a_day_is_written_at_most_1_3_times_the_mean(
    units, logged, single_share, rng
) -> None:
    at = logged().at
    load: Counter[str] = Counter()
    for size in sizes(1_000_000, single_share, rng):
        parts = units(size, size is None or rng.random() < 0.5)
        load[PredictionId.new(at).log_key.pk] += sum(parts)
    assert len(load) == LOG_SHARDS == 32
    assert max(load.values()) <= 1.3 * load.total() / LOG_SHARDS


def refused_units(
    units, n_per_s: int, single_share: float, seconds: int, rng: random.Random
) -> tuple[int, int]:
    """Write units asked for and refused, by a token bucket of 1,000 a second for each partition.

    The buckets hold one second's worth and begin full; the further bursts that DynamoDB grants are
    left out.
    """
    tokens: dict[str, float] = {}
    filled: dict[str, float] = {}
    asked = refused = 0
    requests = sizes(n_per_s * seconds, single_share, rng)
    start = 1_795_000_000.0
    for i, size in enumerate(requests):
        at_s = seconds * i / len(requests)
        at = datetime.fromtimestamp(start + at_s, UTC)
        prediction_id = PredictionId.new(at)
        for part, cost in enumerate(units(size, size is None or i % 2 == 0)):
            member = prediction_id if size is None else prediction_id.member(part * 250)
            pk = member.log_key.pk
            level = tokens.get(pk, UNITS_PER_S) + UNITS_PER_S * (at_s - filled.get(pk, 0.0))
            tokens[pk], filled[pk] = min(level, UNITS_PER_S), at_s
            asked += cost
            if tokens[pk] < cost:
                refused += cost
            else:
                tokens[pk] -= cost
    return asked, refused


# A single prediction with its reasons takes 2 units: single ones alone reach the 32,000 units that
# a day's partitions take at 16,000 a second.
def test_20_000_predictions_a_second_are_not_throttled(units, rng) -> None:
    asked, refused = refused_units(units, 20_000, single_share=0.6, seconds=4, rng=rng)
    assert asked / 4 > 20_000, "the load is not what it should be"
    assert refused == 0


def test_with_fewer_shards_they_would_be(units, rng, monkeypatch) -> None:
    monkeypatch.setattr(prediction_ids, "LOG_SHARDS", 16)
    asked, refused = refused_units(units, 20_000, single_share=0.6, seconds=4, rng=rng)
    assert refused > 0.1 * asked
