"""The registry on the deployed stack: look, promote, roll back; predictions follow; one winner."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.registry_table import RegistryTable
from fraud.domain.errors import Conflict
from fraud.domain.model_cards import ModelRecord
from fraud.domain.registry import Action, Change, Order, work_out
from fraud_cli.sampling import write_sample

from .conftest import RAW, SERVED_WITHIN_S, until_served

pytestmark = pytest.mark.e2e

ROUNDS = 20
THREADS = 8

type Train = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def pair(api: httpx.Client, served: tuple[Path, str], train: Train) -> Iterator[tuple[str, str]]:
    """The enabled model, and a candidate that was compared with it; leaves the first enabled."""
    directory, link = served
    champion = str(api.get("/model/healthy").json()["modelname"])
    write_sample(directory / "registry.csv", 20_000, seed=21)
    training = train(f"{link}/registry.csv", promote="never")
    assert training["status"] == "processed", training["error"]
    yield champion, training["model"]
    if api.get("/model/healthy").json()["modelname"] != champion:
        promoted = api.post(f"/models/{champion}/promote", json={"reason": "as it was"})
        assert promoted.status_code == 200


def history(api: httpx.Client, name: str) -> list[tuple[str, str, str]]:
    entries = api.get(f"/models/{name}").json()["history"]
    return [(e["action"], e["from_state"], e["to_state"]) for e in reversed(entries)]


def test_models_are_listed_and_shown(api: httpx.Client, pair: tuple[str, str], fraud: Any) -> None:
    champion, candidate = pair
    page = api.get("/models", params={"limit": 1}).json()
    assert [m["name"] for m in page["models"]] == [candidate]
    following = api.get("/models", params={"limit": 1, "next": page["next"]}).json()
    assert following["models"][0]["name"] != candidate
    states = {m["name"]: m["state"] for m in api.get("/models").json()["models"]}
    assert (states[champion], states[candidate]) == ("champion", "candidate")
    model = api.get(f"/models/{champion}").json()
    assert model["card"]["name"] == champion
    assert model["history"][-1]["action"] == "release"
    assert model["history"][-1]["reason"] == "; ".join(model["decision"]["reasons"])
    shown = fraud("models").stdout
    assert champion in shown
    assert "champion" in shown


def test_a_report_comes_as_a_page_on_which_nothing_runs(
    api: httpx.Client, pair: tuple[str, str]
) -> None:
    answer = api.get(f"/models/{pair[1]}/report")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert answer.text.startswith("<!DOCTYPE html>")
    assert pair[1] in answer.text
    assert len(answer.content) < 2_000_000
    unknown = api.get("/models/fraud-999999-00000000/report")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")


def test_two_models_are_compared_on_the_same_rows(
    api: httpx.Client, pair: tuple[str, str], fraud: Any
) -> None:
    champion, candidate = pair
    found = api.get(f"/models/{candidate}/compare/{champion}").json()
    assert (found["held_out"]["challenger"], found["held_out"]["champion"]) == (candidate, champion)
    assert found["held_out"]["basis"] == "same held-out rows"
    assert {"f1", "auprc", "brier"} <= {m["metric"] for m in found["metrics"]}
    assert found["summary"][-1] in fraud("compare", candidate, champion).stdout


def test_predictions_follow_a_promotion_and_a_rollback(
    api: httpx.Client, pair: tuple[str, str], fraud: Any
) -> None:
    champion, candidate = pair
    before = {name: history(api, name) for name in pair}
    tried = fraud.json("challenge", candidate, "--share", "0.5", "--reason", "to see")
    assert (tried["challenger"], tried["share"]) == (candidate, 0.5)
    promoted = fraud.json("promote", candidate, "--reason", "it held up")
    assert (promoted["champion"], promoted["challenger"]) == (candidate, None)
    assert api.get("/model/healthy").json()["modelname"] == candidate
    until_served(api, candidate)
    back = fraud.json("rollback", "--reason", "too many false alarms")
    assert back["champion"] == champion
    until_served(api, champion)
    assert history(api, candidate) == [
        *before[candidate],
        ("challenge", "candidate", "challenger"),
        ("promote", "challenger", "champion"),
        ("rollback", "champion", "archived"),
    ]
    assert history(api, champion) == [
        *before[champion],
        ("promote", "champion", "archived"),
        ("rollback", "archived", "champion"),
    ]
    newest = api.get(f"/models/{champion}").json()["history"][0]
    assert (newest["by"], newest["reason"]) == ("local", "too many false alarms")


def test_only_an_admin_changes_anything(deployed: Any, fraud: Any, pair: tuple[str, str]) -> None:
    key = fraud.json("keys", "create", "onlooker", "--scope", "read")["api_key"]
    with deployed.client(key) as reader:
        assert reader.get("/models").status_code == 200
        assert reader.get(f"/models/{pair[0]}/compare/{pair[1]}").status_code == 200
        for path in (f"{pair[1]}/promote", "rollback", f"{pair[1]}/archive"):
            refused = reader.post(f"/models/{path}", json={"reason": "mine"})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    with deployed.client(None) as anonymous:
        assert anonymous.get("/models").status_code == 401


def shadow_of_next(api: httpx.Client) -> dict[str, Any] | None:
    """What the log has of the challenger for a prediction made now."""
    answer = api.post("/model/predict", json=RAW)
    assert answer.status_code == 200, answer.text
    assert "shadow" not in answer.json()
    found = api.get(f"/predictions/{answer.json()['prediction_id']}")
    assert found.status_code == 200, found.text
    shadow: dict[str, Any] | None = found.json()["shadow"]
    return shadow


def shadow_follows(api: httpx.Client, name: str | None) -> None:
    deadline = time.monotonic() + SERVED_WITHIN_S
    while time.monotonic() < deadline:
        shadow = shadow_of_next(api)
        if (shadow and shadow["model"]["name"]) == name:
            assert shadow is None or shadow["score"]["outcome"] in {"approve", "review", "block"}
            return
        time.sleep(0.5)
    raise AssertionError(f"the shadow did not follow to {name}")


def test_a_challenger_is_logged_in_the_shadow_until_it_is_withdrawn(
    api: httpx.Client, pair: tuple[str, str]
) -> None:
    champion = str(api.get("/model/healthy").json()["modelname"])
    challenger = next(name for name in pair if name != champion)
    assert "live" not in api.get(f"/models/{challenger}/compare/{champion}").json()
    body = {"share": 1.0, "reason": "to see"}
    assert api.post(f"/models/{challenger}/challenge", json=body).status_code == 200
    shadow_follows(api, challenger)
    answer = api.post("/model/predict", json=RAW).json()
    assert answer["model"]["name"] == champion
    ended = api.post(f"/models/{challenger}/withdraw", json={"reason": "seen"})
    assert ended.status_code == 200
    shadow_follows(api, None)


def test_of_many_promotions_of_one_model_exactly_one_wins(
    api: httpx.Client, deployed: Any, pair: tuple[str, str]
) -> None:
    before = len(history(api, pair[0]))
    clients = [deployed.client(deployed.up["api_key"]) for _ in range(4)]
    with ThreadPoolExecutor(len(clients)) as pool:
        for number in range(ROUNDS):
            target, barrier = pair[(number + 1) % 2], Barrier(len(clients))

            def promote(client: httpx.Client, target: str = target, at: Barrier = barrier) -> int:
                at.wait()
                body = {"reason": "at once"}
                return client.post(f"/models/{target}/promote", json=body).status_code

            assert sorted(pool.map(promote, clients)) == [200, 409, 409, 409]
            assert api.get("/model/healthy").json()["modelname"] == target
    for client in clients:
        client.close()
    assert len(history(api, pair[0])) == before + ROUNDS


@pytest.fixture
def table_name(aws: Any) -> Iterator[str]:
    """A registry of its own on the emulator."""
    dynamodb = aws("dynamodb")
    name = f"registry-{uuid4().hex[:8]}"
    keys = {"pk": "HASH", "sk": "RANGE"}
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
    )
    yield name
    dynamodb.delete_table(TableName=name)


def worked_out(registry: RegistryChanges, name: str, number: int) -> Change:
    record = registry.get(name)
    assert record
    order = Order(uuid4().hex, Action.PROMOTE, f"client-{number}", datetime.now(UTC), "at once")
    return work_out(order, record, registry.pointers())


def test_of_many_promotions_that_saw_the_same_champion_exactly_one_wins(
    api: httpx.Client, pair: tuple[str, str], aws: Any, table_name: str
) -> None:
    model = api.get(f"/models/{pair[0]}").json()
    registries = [RegistryChanges(aws("dynamodb"), table_name) for _ in range(THREADS)]
    names = [f"model-{number}" for number in range(THREADS)]
    for name in names:
        record = ModelRecord.model_validate({**model, "name": name, "state": "candidate"})
        registries[0].register(record)
    with ThreadPoolExecutor(THREADS) as pool:
        for round_number in range(ROUNDS):
            enabled = registries[0].champion()
            rivals = [name for name in names if not enabled or name != enabled.name]
            barrier = Barrier(len(rivals))

            def promote(number: int, rivals: list[str] = rivals, at: Barrier = barrier) -> str:
                change = worked_out(registries[number], rivals[number], number)
                at.wait()
                try:
                    registries[number].apply(change)
                except Conflict:
                    return ""
                return rivals[number]

            winners = [name for name in pool.map(promote, range(len(rivals))) if name]
            assert len(winners) == 1
            pointer = registries[0].champion()
            assert pointer
            assert (pointer.name, pointer.revision) == (winners[0], round_number + 1)
            records = [registries[0].get(name) for name in names]
            champions = [record.name for record in records if record and record.enabled]
            assert champions == winners
    reader = RegistryTable(aws("dynamodb"), table_name)
    entered = [e for name in names for e in reader.history(name) if e.to_state == "champion"]
    assert len(entered) == ROUNDS


def test_a_transaction_sent_again_with_its_token_is_answered_as_made(
    api: httpx.Client, pair: tuple[str, str], aws: Any, table_name: str
) -> None:
    model = api.get(f"/models/{pair[0]}").json()
    registry = RegistryChanges(aws("dynamodb"), table_name)
    registry.register(ModelRecord.model_validate({**model, "name": "m", "state": "candidate"}))
    change = worked_out(registry, "m", 0)
    registry.apply(change)
    registry.apply(change)
    assert len(RegistryTable(aws("dynamodb"), table_name).history("m")) == 1
