"""Changes of the registry as transactions: of two that saw the same, one wins; none is lost."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from fraud.adapters import registry_changes
from fraud.adapters.registry_changes import PAUSES_S, RegistryChanges
from fraud.adapters.registry_table import RegistryTable
from fraud.domain.errors import Conflict, NotFound, Unavailable
from fraud.domain.model_cards import Metrics, ModelRecord, ThresholdPolicy
from fraud.domain.registry import Action, Change, Order, work_out

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)


def a_model(name: str) -> ModelRecord:
    quality = dict.fromkeys(("accuracy", "recall", "precision", "f1", "auc", "auprc"), 0.9)
    rest = {"log_loss": 0.1, "brier": 0.1, "prevalence": 0.01, "time": 1.0}
    return ModelRecord(
        name=name,
        version=1,
        created_at=NOW,
        training_id=1,
        feature_set="basic",
        algorithm="any",
        metrics=Metrics.model_validate(quality | rest),
        policy=ThresholdPolicy(threshold=0.5, review=0.2, block=0.5),
        files={},
    )


@pytest.fixture
def client(stack: Any) -> Any:
    return boto3.client("dynamodb")


@pytest.fixture
def registry(client: Any) -> RegistryChanges:
    registry = RegistryChanges(client, "ModelsTable")
    for name in ("a", "b", "c"):
        registry.register(a_model(name))
    return registry


@pytest.fixture
def table(client: Any) -> RegistryTable:
    return RegistryTable(client, "ModelsTable")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(registry_changes.time, "sleep", taken.append)
    return taken


def worked_out(registry: RegistryChanges, action: str, name: str) -> Change:
    share = 0.5 if action == "challenge" else None
    order = Order(uuid4().hex, Action(action), "tests", NOW, f"{action} {name}", share)
    record = registry.get(name)
    assert record
    return work_out(order, record, registry.pointers())


def canceled(*codes: str) -> ClientError:
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "canceled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(response, "TransactWriteItems")


def states(registry: RegistryChanges) -> list[str]:
    return [str(record.state) for record in map(registry.get, ("a", "b", "c")) if record]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("promote", "b"), ("promote", "c")),
        (("promote", "b"), ("promote", "b")),
        (("challenge", "b"), ("challenge", "c")),
        (("challenge", "b"), ("promote", "b")),
        (("archive", "b"), ("promote", "b")),
        (("promote", "b"), ("archive", "b")),
        (("archive", "b"), ("challenge", "b")),
    ],
    ids=str,
)
def test_of_two_changes_that_saw_the_same_the_later_one_is_refused_whole(
    registry: RegistryChanges, first: tuple[str, str], second: tuple[str, str]
) -> None:
    registry.apply(worked_out(registry, "promote", "a"))
    winner, loser = worked_out(registry, *first), worked_out(registry, *second)
    registry.apply(winner)
    after = registry.pointers(), states(registry)
    with pytest.raises(Conflict, match="another change came first"):
        registry.apply(loser)
    assert (registry.pointers(), states(registry)) == after


def test_changes_that_have_nothing_to_do_with_each_other_both_happen(
    registry: RegistryChanges,
) -> None:
    one, other = worked_out(registry, "archive", "a"), worked_out(registry, "promote", "b")
    registry.apply(other)
    registry.apply(one)
    assert states(registry) == ["archived", "champion", "candidate"]


def test_a_stale_end_of_a_trial_cannot_end_a_later_one(registry: RegistryChanges) -> None:
    registry.apply(worked_out(registry, "challenge", "a"))
    stale = worked_out(registry, "withdraw", "a")
    registry.apply(worked_out(registry, "withdraw", "a"))
    registry.apply(worked_out(registry, "challenge", "a"))
    with pytest.raises(Conflict):
        registry.apply(stale)
    assert registry.pointers().challenger


def test_a_release_keeps_its_reason_in_both_histories(
    registry: RegistryChanges, table: RegistryTable
) -> None:
    first = registry.release("a", None, NOW, "alice", "it is the first model")
    registry.release("b", first, NOW, "bob", "F1 is higher")
    assert [(e.action, e.by, e.reason) for e in table.history("b")] == [
        ("release", "bob", "F1 is higher")
    ]
    left, entered = sorted(table.history("a"), key=lambda e: e.reason)
    assert (entered.reason, left.reason, left.other) == (
        "it is the first model", "F1 is higher", "b",
    )  # fmt: skip


def test_a_training_never_enables_what_was_archived(registry: RegistryChanges) -> None:
    registry.apply(worked_out(registry, "archive", "a"))
    with pytest.raises(Conflict, match="a is archived"):
        registry.release("a", None, NOW, "alice", "it is better")
    with pytest.raises(NotFound):
        registry.release("nobody", None, NOW, "alice", "it is better")


def test_the_history_is_newest_first(registry: RegistryChanges, table: RegistryTable) -> None:
    for number in range(1, 4):
        order = Order(uuid4().hex, Action.CHALLENGE, "t", NOW.replace(hour=number), "r", 0.5)
        record = registry.get("a")
        assert record
        registry.apply(work_out(order, record, registry.pointers()))
    assert [entry.at.hour for entry in table.history("a")] == [3, 2, 1]


def sent_twice(real: Callable[..., Any]) -> Callable[..., Any]:
    """What the SDK's own retry meets where the table does not know the token."""

    def send(**request: Any) -> Any:
        real(**request)
        return real(**request)

    return send


def unanswered(real: Callable[..., Any]) -> Callable[..., Any]:
    def send(**request: Any) -> Any:
        real(**request)
        raise ReadTimeoutError(endpoint_url="http://dynamodb")

    return send


@pytest.mark.parametrize("lost", [sent_twice, unanswered])
def test_a_change_whose_acknowledgement_was_lost_is_known_as_made(
    lost: Callable[..., Any],
    registry: RegistryChanges,
    table: RegistryTable,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "transact_write_items", lost(client.transact_write_items))
    registry.apply(worked_out(registry, "promote", "a"))
    champion = registry.champion()
    assert champion
    assert (champion.name, champion.revision) == ("a", 1)
    assert len(table.history("a")) == 1


def test_every_attempt_carries_the_same_token(
    registry: RegistryChanges, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, real = [], client.transact_write_items

    def contended(**request: Any) -> Any:
        tokens.append(request["ClientRequestToken"])
        if len(tokens) < 3:
            raise canceled("None", "TransactionConflict", "None")
        return real(**request)

    monkeypatch.setattr(client, "transact_write_items", contended)
    registry.apply(worked_out(registry, "promote", "a"))
    assert tokens == [tokens[0]] * 3
    assert states(registry)[0] == "champion"


@pytest.mark.parametrize(
    ("codes", "attempts", "error"),
    [
        (("TransactionConflict",), len(PAUSES_S) + 1, Unavailable),
        (("None", "ThrottlingError"), len(PAUSES_S) + 1, Unavailable),
        (("ConditionalCheckFailed", "None"), 1, Conflict),
        (("ConditionalCheckFailed", "TransactionConflict"), 1, Conflict),
        (("ValidationError",), 1, Unavailable),
    ],
)
def test_contention_is_tried_again_and_a_lost_condition_is_not(
    registry: RegistryChanges,
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
    pauses: list[float],
    codes: tuple[str, ...],
    attempts: int,
    error: type[Exception],
) -> None:
    calls = []

    def refused(**_: Any) -> Any:
        calls.append(1)
        raise canceled(*codes)

    monkeypatch.setattr(client, "transact_write_items", refused)
    change = worked_out(registry, "promote", "a")
    with pytest.raises(error) as caught:
        registry.apply(change)
    assert type(caught.value) is error
    assert len(calls) == attempts
    assert len(pauses) == attempts - 1
    assert registry.champion() is None


def test_a_table_that_does_not_answer_at_all_is_unavailable(
    registry: RegistryChanges, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = worked_out(registry, "promote", "a")

    def silent(**_: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="http://dynamodb")

    monkeypatch.setattr(client, "transact_write_items", silent)
    monkeypatch.setattr(client, "get_item", silent)
    with pytest.raises(Unavailable):
        registry.apply(change)
