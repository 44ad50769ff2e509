"""The sweeper over moto: nothing stays lost, nothing is done twice, nothing in use is removed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.model_cards import ModelRecord
from fraud.services.sweeping import sweep
from fraud.wiring import sweeper as wiring

LINK = "https://example.com/rows.csv"
NOTHING: dict[str, Any] = {
    "requeued": [],
    "given_up": [],
    "models_removed": [],
    "datasets_removed": [],
    "complete": True,
}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def run(stack: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Runs the sweeper, some time from now."""

    def later(after: timedelta = timedelta(0), **context: Any) -> dict[str, Any]:
        function = stack.function("sweeper")
        at = datetime.now(UTC) + after
        monkeypatch.setattr(function, "sweep", lambda s, _, left: sweep(s, at, left))
        return dict(function.handler({}, stack.context(**context)))

    return later


def ask(stack: Any) -> int:
    """A training whose message is lost."""
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": LINK})
    stack.queued()
    return int(answer.body["id"])


def training(stack: Any, training_id: int) -> dict[str, Any]:
    return dict(stack.call("training", "GET", f"/api/v1/training/{training_id}").body)


def claim(training_id: int, owner: str, for_s: float = 930) -> Any:
    table = TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")
    now = datetime.now(UTC)
    return table.claim(training_id, owner, now, now + timedelta(seconds=for_s))


def keys() -> list[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="fraud-data")
    return [entry["Key"] for entry in listed.get("Contents", [])]


def put(*names: str) -> None:
    for name in names:
        boto3.client("s3").put_object(Bucket="fraud-data", Key=name, Body=b"x")


def test_a_training_that_was_never_queued_is_queued_once(stack: Any, run: Any) -> None:
    training_id = ask(stack)
    assert run(HOUR) == NOTHING
    assert run(2 * HOUR) == NOTHING | {"requeued": [training_id]}
    assert [json.loads(r["body"]) for r in stack.queued()] == [{"training_id": training_id}]
    # The next run finds that it was.
    assert run(2 * HOUR) == NOTHING
    assert training(stack, training_id)["status"] == "pending"


def test_a_training_whose_worker_died_is_queued_again(stack: Any, run: Any) -> None:
    training_id = ask(stack)
    claim(training_id, "dies")
    assert run(HOUR) == NOTHING
    assert run(2 * HOUR)["requeued"] == [training_id]


def test_a_running_training_is_left_alone(stack: Any, run: Any) -> None:
    claim(ask(stack), "works", for_s=3 * 3600)
    assert run(2 * HOUR) == NOTHING


def test_a_training_that_killed_three_workers_is_ended_and_rings(
    stack: Any, run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    training_id = ask(stack)
    for attempt in range(3):
        claim(training_id, f"dies-{attempt}", for_s=-1)
    assert run(2 * HOUR) == NOTHING | {"given_up": [training_id]}
    ended = training(stack, training_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "worker_lost")
    assert ended["finished_at"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["TrainingsGivenUp"] for line in lines if "TrainingsGivenUp" in line] == [[1.0]]
    assert run(3 * HOUR) == NOTHING


def test_a_training_that_no_trainer_took_is_ended_when_its_message_is_gone(
    stack: Any, run: Any
) -> None:
    training_id = ask(stack)
    assert run(5 * DAY) == NOTHING | {"given_up": [training_id]}
    assert training(stack, training_id)["error"]["code"] == "never_run"


def test_a_worker_that_comes_in_between_keeps_its_training(
    stack: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack)
    of_training = wiring.sweeper().models.of_training

    def claimed_meanwhile(found: int) -> Any:
        claim(found, "comes", for_s=10 * 24 * 3600)
        return of_training(found)

    monkeypatch.setattr(wiring.sweeper().models, "of_training", claimed_meanwhile)
    assert run(5 * DAY) == NOTHING
    assert training(stack, training_id)["status"] == "processing"


def test_a_training_given_up_after_it_registered_its_model_names_it(
    stack: Any, run: Any, release: Callable[..., ModelRecord]
) -> None:
    training_id = ask(stack)
    record = release(f"fraud-{training_id:06d}-0a1b2c3d")
    for attempt in range(3):
        claim(training_id, f"dies-{attempt}", for_s=-1)
    run(2 * HOUR)
    ended = training(stack, training_id)
    assert (ended["status"], ended["model"]) == ("error", record.name)


def test_files_that_belong_to_nothing_are_removed_when_they_are_old_enough(
    stack: Any, run: Any, release: Callable[..., ModelRecord]
) -> None:
    record = release("fraud-000001-0a1b2c3d")
    kept = f"datasets/{'a' * 64}"
    orphans = ["models/fraud-000001-ffffffff/card.json", "models/fraud-000001-ffffffff/model.onnx"]
    abandoned = f"datasets/{'b' * 64}"
    put(kept, *orphans, abandoned, "uploads/mine.csv")
    training_id = ask(stack)
    table = TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")
    table.update(
        claim(training_id, "works", 40 * DAY / HOUR * 3600), datetime.now(UTC), dataset_copy=kept
    )
    before = set(keys())
    assert run(23 * HOUR) == NOTHING
    swept = run(25 * HOUR)
    assert swept == NOTHING | {
        "models_removed": ["fraud-000001-ffffffff"],
        "datasets_removed": [abandoned],
    }
    assert set(keys()) == before - {*orphans, abandoned}
    assert {f"models/{record.name}/{name}" for name in record.files} <= set(keys())
    assert run(25 * HOUR) == NOTHING
    assert run(31 * DAY)["datasets_removed"] == []


def test_a_run_out_of_time_stops_and_the_next_goes_on(stack: Any, run: Any) -> None:
    lost = [ask(stack) for _ in range(3)]
    assert run(2 * HOUR, remaining_ms=5_000) == NOTHING | {"complete": False}
    assert run(2 * HOUR)["requeued"] == lost


def test_of_two_sweepers_at_once_one_queues(
    stack: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack)
    get, send = wiring.sweeper().trainings.get, wiring.sweeper().queue.send
    sent: list[int] = []

    def other_run_first(found: int) -> Any:
        seen = get(found)
        monkeypatch.setattr(wiring.sweeper().trainings, "get", get)
        run(2 * HOUR)
        return seen

    def counted(found: int) -> None:
        sent.append(found)
        send(found)

    monkeypatch.setattr(wiring.sweeper().trainings, "get", other_run_first)
    monkeypatch.setattr(wiring.sweeper().queue, "send", counted)
    assert run(2 * HOUR)["requeued"] == []
    assert sent == [training_id]


def test_more_trainings_than_fit_a_page_are_all_looked_at(
    stack: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [ask(stack) for _ in range(5)]
    client = wiring.sweeper().trainings._client
    monkeypatch.setattr(client, "query", partial(client.query, Limit=2))
    assert run(2 * HOUR)["requeued"] == lost
