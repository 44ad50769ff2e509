"""The daily quota of trainings: counted once each, per client and day, and never exceeded."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fraud.adapters import aws_clients
from fraud.adapters.usage_table import UsageTable
from fraud.domain.errors import Unavailable
from fraud.domain.trainings import TrainingRequest
from fraud.services.guarded_retraining import MONITOR
from fraud.services.trainings import request_training
from fraud.wiring import monitor as monitor_wiring

TRAINING = "/api/v1/training"
REQUEST = {"dataset": "https://data.example.com/transactions.csv"}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
QUOTA = 3

type Send = Callable[..., Any]


@pytest.fixture(scope="module")
def strict_stack(lasting_stack: Any) -> Iterator[Any]:
    """Where three trainings a day are allowed."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("TRAINING_QUOTA_PER_DAY", str(QUOTA))
        yield lasting_stack


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> str:
    """A client of this test alone."""
    return str(request.node.name)


@pytest.fixture
def send(strict_stack: Any, shop: str) -> Send:
    """Asks for a training."""

    def ask(body: Any = REQUEST, key: str | None = None, **how: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        options = {"client": shop, "scopes": "train", "headers": headers, **how}
        return strict_stack.call("training", "POST", TRAINING, body, **options)

    return ask


@pytest.fixture
def usage(strict_stack: Any) -> UsageTable:
    return UsageTable(aws_clients.dynamodb_client(), "UsageTable")


@pytest.fixture
def forbid(strict_stack: Any) -> Iterator[Callable[[Any, str], None]]:
    """Lets calls of a client fail as what its role does not allow, until the test is over."""
    hooks: list[tuple[Any, str]] = []

    def forbidden(**_: Any) -> None:
        error = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(error, "Any")  # type: ignore[arg-type]

    def register(client: Any, call: str) -> None:
        client.meta.events.register(f"before-parameter-build.{call}", forbidden)
        hooks.append((client, call))

    yield register
    for client, call in hooks:
        client.meta.events.unregister(f"before-parameter-build.{call}", forbidden)


def trainings(client: str) -> int:
    items = boto3.client("dynamodb").scan(TableName="TrainingsTable")["Items"]
    return [item.get("client", {}).get("S") for item in items].count(client)


def today(usage: UsageTable, client: str) -> int:
    return usage.trainings_on(datetime.now(UTC).date(), [client]).get(client, 0)


def test_one_more_than_the_quota_is_refused_until_tomorrow_and_registers_nothing(
    send: Send, shop: str
) -> None:
    assert [send().status for _ in range(QUOTA)] == [202] * QUOTA
    refused = send()
    now = datetime.now(UTC)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    assert refused.status == 429
    assert refused.body["error"]["code"] == "throttled"
    assert "quota of 3 trainings a day" in refused.body["error"]["message"]
    assert int(refused.headers["Retry-After"]) == pytest.approx(
        (midnight - now).total_seconds(), abs=5
    )
    assert trainings(shop) == QUOTA


def test_admins_have_a_quota_and_other_clients_one_of_their_own(send: Send) -> None:
    assert [send(scopes="admin").status for _ in range(QUOTA + 1)] == [202] * QUOTA + [429]
    assert send(client="rival").status == 202


def test_what_is_not_accepted_does_not_count(send: Send, shop: str, usage: UsageTable) -> None:
    for body in ({"dataset": "http://127.0.0.1/"}, {"dataset": 1}, {}, "{"):
        assert send(body=body).status in {400, 422}
    assert today(usage, shop) == 0


def test_a_replay_does_not_count(send: Send, shop: str, usage: UsageTable) -> None:
    first = send(key="once")
    assert [send(key="once").body for _ in range(QUOTA + 2)] == [first.body] * (QUOTA + 2)
    assert (today(usage, shop), trainings(shop)) == (1, 1)


def test_a_replay_is_answered_when_the_quota_is_used_up(send: Send) -> None:
    first = send(key="once")
    while send().status == 202:
        pass
    assert send(key="once").body == first.body
    assert send(key="other").status == 429


def test_a_refusal_is_not_kept_for_the_key(send: Send, shop: str, usage: UsageTable) -> None:
    while send().status == 202:
        pass
    assert send(key="later").status == 429
    usage.give_back(shop, datetime.now(UTC))
    assert send(key="later").status == 202


def test_a_training_that_cannot_be_queued_is_given_back(
    send: Send, shop: str, usage: UsageTable, forbid: Callable[[Any, str], None]
) -> None:
    forbid(aws_clients.sqs_client(), "sqs.SendMessage")
    assert [send().status for _ in range(QUOTA + 1)] == [503] * (QUOTA + 1)
    assert today(usage, shop) == 0


def test_without_a_count_nothing_is_accepted(
    send: Send, shop: str, forbid: Callable[[Any, str], None]
) -> None:
    forbid(aws_clients.dynamodb_client(), "dynamodb.UpdateItem")
    answer = send()
    assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
    assert trainings(shop) == 0


def test_a_count_whose_answer_is_lost_is_one(usage: UsageTable, shop: str) -> None:
    """The SDK sends it again: the first has taken effect."""
    lost = iter([True])
    client = aws_clients.dynamodb_client()

    def lose(response: Any, **_: Any) -> int | None:
        return 0 if response and next(lost, False) else None

    client.meta.events.register("needs-retry.dynamodb.UpdateItem", lose)
    assert usage.count_training(shop, NOON, 1)
    client.meta.events.unregister("needs-retry.dynamodb.UpdateItem", lose)
    assert next(lost, None) is None
    assert usage.trainings_on(NOON.date(), [shop]) == {shop: 1}
    assert not usage.count_training(shop, NOON, 1)


def test_at_once_no_more_than_the_quota_are_counted(usage: UsageTable, shop: str) -> None:
    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(lambda _: usage.count_training(shop, NOON, 10), range(40)))
    assert counted.count(True) == 10
    assert usage.trainings_on(NOON.date(), [shop]) == {shop: 10}


def test_a_new_day_begins_at_nought_and_old_ones_are_forgotten(
    usage: UsageTable, shop: str
) -> None:
    assert usage.count_training(shop, NOON, 1)
    assert not usage.count_training(shop, NOON + timedelta(hours=11), 1)
    assert usage.count_training(shop, NOON + timedelta(hours=12), 1)
    items = boto3.client("dynamodb").scan(TableName="UsageTable")["Items"]
    ours = [item for item in items if item["client"]["S"] == shop]
    kept = [int(item["expires_at"]["N"]) - NOON.timestamp() for item in ours]
    assert len(kept) == 2
    assert min(kept) >= 7 * 86_400


def test_counts_are_read_for_more_clients_than_one_read_takes(usage: UsageTable, shop: str) -> None:
    clients = [f"client-{i}" for i in range(120)]
    for client in clients:
        usage.count_training(client, NOON, 5)
    assert usage.trainings_on(NOON.date(), [*clients, "nobody"]) == dict.fromkeys(clients, 1)


def test_nothing_is_given_back_that_was_not_counted(usage: UsageTable, shop: str) -> None:
    usage.give_back(shop, NOON)
    assert usage.trainings_on(NOON.date(), [shop]) == {}
    with pytest.raises(Unavailable):
        UsageTable(aws_clients.dynamodb_client(), "NoTable").give_back(shop, NOON)


def test_the_monitors_own_training_counts_for_nobody(strict_stack: Any, usage: UsageTable) -> None:
    to = monitor_wiring.watch().trainers
    request_training(TrainingRequest(**REQUEST), MONITOR, to.trainings, to.queue, to.links)
    assert today(usage, MONITOR.client) == 0
    assert trainings(MONITOR.client) == 1


def test_a_refused_write_is_not_taken_for_a_used_up_quota(
    usage: UsageTable, shop: str, forbid: Callable[[Any, str], None]
) -> None:
    forbid(aws_clients.dynamodb_client(), "dynamodb.UpdateItem")
    with pytest.raises(Unavailable):
        usage.count_training(shop, NOON, 1)
