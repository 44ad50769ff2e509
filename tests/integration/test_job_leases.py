"""Leases with fencing over moto: one worker has a training, who had it before writes nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import boto3
import pytest

from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import Conflict, LeaseHeld, LeaseLost, NotFound
from fraud.domain.jobs import JobStatus
from fraud.domain.model_cards import ModelRecord, ModelState
from fraud.domain.trainings import Training, TrainingRequest

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LEASE = timedelta(minutes=15)


@pytest.fixture
def client(stack: Any) -> Any:
    return boto3.client("dynamodb")


@pytest.fixture
def table(client: Any) -> TrainingsTable:
    table = TrainingsTable(client, "TrainingsTable")
    table.register(TrainingRequest(dataset="https://example.com/rows.csv"), "shop", NOW)
    return table


def claim(table: TrainingsTable, owner: str, at: datetime) -> Training:
    return table.claim(1, owner, at, at + LEASE)


def lose_the_first_answer(client: Any, operation: str) -> list[int]:
    """Have botocore send a call again that was carried out; the tries it made."""
    sent: list[int] = []

    def again(attempts: int, **_: Any) -> int | None:
        sent.append(attempts)
        return 0 if len(sent) == 1 else None

    client.meta.events.register_first(f"needs-retry.dynamodb.{operation}", again)
    return sent


def test_of_workers_that_claim_at_once_one_has_the_training(table: TrainingsTable) -> None:
    together = Barrier(8)

    def try_it(worker: int) -> bool:
        together.wait()
        try:
            claim(table, f"worker-{worker}", NOW)
        except LeaseHeld:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(try_it, range(8))) == 1
    assert (table.get(1).attempts, table.get(1).fence) == (1, 1)


def test_a_lease_is_held_to_its_end_and_not_longer(table: TrainingsTable) -> None:
    claim(table, "first", NOW)
    with pytest.raises(LeaseHeld):
        claim(table, "second", NOW + timedelta(minutes=14))
    assert claim(table, "second", NOW + timedelta(minutes=15, seconds=1)).attempts == 2


def test_a_clock_that_is_behind_waits_and_one_that_is_ahead_cannot_do_harm(
    table: TrainingsTable,
) -> None:
    first = claim(table, "first", NOW)
    with pytest.raises(LeaseHeld):
        claim(table, "behind", NOW - timedelta(hours=3))
    # Its clock says that the lease is over, so it takes the training from a worker that lives.
    second = claim(table, "ahead", NOW + timedelta(hours=3))
    with pytest.raises(LeaseLost):
        table.update(first, NOW, progress=0.5)
    assert table.update(second, NOW, progress=0.1).progress == 0.1


def test_a_straggler_writes_nothing_of_any_kind(
    table: TrainingsTable,
    client: Any,
    release: Callable[..., ModelRecord],
) -> None:
    champion = release("champion")
    registry = RegistryChanges(client, "ModelsTable")
    first = claim(table, "first", NOW)
    ours = champion.model_copy(
        update={"name": "fraud-000001-0a1b2c3d", "state": ModelState.CANDIDATE}
    )
    registry.register(ours, table.held(first))
    claim(table, "second", NOW + timedelta(hours=1))
    theirs = ours.model_copy(update={"name": "fraud-000001-ffffffff"})
    before = written(client)
    held = table.held(first)
    late: list[Callable[[], Any]] = [
        lambda: table.update(first, NOW, status=JobStatus.PROCESSED),
        lambda: registry.register(theirs, held),
        lambda: registry.note_decision(ours.name, {"promote": True}, held),
        lambda: registry.release(ours.name, registry.champion(), NOW, "shop", "late", held),
    ]
    for write in late:
        with pytest.raises(LeaseLost):
            write()
    assert written(client) == before


def written(client: Any) -> list[Any]:
    return [
        sorted(client.scan(TableName=name)["Items"], key=repr)
        for name in ("TrainingsTable", "ModelsTable")
    ]


def test_a_training_that_has_ended_is_nobodys(table: TrainingsTable) -> None:
    first = claim(table, "first", NOW)
    table.update(first, NOW, status=JobStatus.PROCESSED)
    with pytest.raises(LeaseLost):
        table.update(first, NOW + timedelta(seconds=1), status=JobStatus.ERROR)
    with pytest.raises(Conflict):
        claim(table, "second", NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        table.claim(7, "second", NOW, NOW + LEASE)


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(
    table: TrainingsTable, client: Any
) -> None:
    sent = lose_the_first_answer(client, "UpdateItem")
    assert claim(table, "first", NOW).attempts == 1
    assert len(sent) == 2


def test_an_end_whose_answer_was_lost_is_known_as_ones_own(
    table: TrainingsTable, client: Any
) -> None:
    first = claim(table, "first", NOW)
    sent = lose_the_first_answer(client, "UpdateItem")
    later = NOW + timedelta(minutes=1)
    assert table.update(first, later, status=JobStatus.PROCESSED).status == "processed"
    assert len(sent) == 2


def test_giving_up_with_a_lost_answer_is_told_once(table: TrainingsTable, client: Any) -> None:
    error = {"code": "never_run", "message": "nobody came"}
    sent = lose_the_first_answer(client, "UpdateItem")
    assert table.end(1, NOW, error) is True
    assert len(sent) == 2
    assert table.end(1, NOW + timedelta(seconds=1), error) is False


def test_a_registration_whose_answer_was_lost_is_known_as_ones_own(
    table: TrainingsTable, client: Any, release: Callable[..., ModelRecord]
) -> None:
    record = release("champion").model_copy(
        update={"name": "fraud-000001-0a1b2c3d", "state": ModelState.CANDIDATE}
    )
    held = table.held(claim(table, "first", NOW))
    registry = RegistryChanges(client, "ModelsTable")
    sent = lose_the_first_answer(client, "TransactWriteItems")
    registry.register(record, held)
    assert len(sent) == 2
    with pytest.raises(Conflict):
        registry.register(record.model_copy(update={"files": {"model.onnx": "0"}}), held)
