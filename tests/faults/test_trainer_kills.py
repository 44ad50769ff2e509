"""A slice of the kill run, and what its comparison is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.domain.errors import Unavailable

KILLS = 12


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from kill_run import kill_run  # noqa: PLC0415 - imports what training needs

    with kill_run(tmp_path_factory.mktemp("kills"), seed=7) as run:
        yield run


def test_killed_trainers_lose_repeat_and_leave_nothing(run: Any) -> None:
    outcome = run.run(KILLS, lambda _: None)
    assert outcome.broken == []
    assert outcome.trainer_kills >= KILLS
    # The faults happened; without them there would be nothing to see.
    assert len({point for function, point in outcome.kills if function == "trainer"}) >= 6
    assert outcome.ended["processed"] > 0


def test_the_comparison_finds_what_was_lost_doubled_or_left_behind(run: Any) -> None:
    from kill_invariants import broken_promises  # noqa: PLC0415
    from kill_schedule import Odds  # noqa: PLC0415

    def tampered(schedule: Any) -> None:
        trainings = schedule.trainings
        clients, (table, models) = trainings.clients, trainings._tables
        row = clients.dynamodb.get_item(TableName=table, Key={"id": {"N": "1"}})["Item"]
        clients.s3.put_object(Bucket=trainings.bucket, Key="models/orphan/model.onnx", Body=b"x")
        key = f"models/{row['model']['S']}/card.json"
        card = json.loads(trainings.content(key)) | {"algorithm": "another"}
        clients.s3.put_object(Bucket=trainings.bucket, Key=key, Body=json.dumps(card).encode())
        scanned = clients.dynamodb.scan(TableName=models)["Items"]
        model = next(item for item in scanned if item["sk"] == row["model"])
        second = model | {"sk": {"S": "fraud-000001-second"}, "files": {"M": {}}}
        clients.dynamodb.put_item(TableName=models, Item=second)
        entry = next(item for item in scanned if item["pk"]["S"].startswith("history/"))
        again = entry | {"sk": {"S": entry["sk"]["S"] + "again"}}
        clients.dynamodb.put_item(TableName=models, Item=again)
        schedule.promised.add(99)
        found.extend(broken_promises(schedule))

    found: list[str] = []
    run.play(Odds(*[0.0] * 10), before_judging=tampered)
    for words in (
        "training 99 was accepted and is gone",
        "training 1 made",
        "was promoted 2 times",
        "left behind: ['models/orphan/model.onnx']",
        "card.json of",
    ):
        assert any(words in what for what in found), (words, found)


def test_a_file_that_is_altered_on_its_way_is_not_stored(run: Any, tmp_path: Path) -> None:
    clients = run.clients
    clients.s3.create_bucket(Bucket="in-transit")
    (tmp_path / "model.onnx").write_bytes(b"the model")

    def alter(request: Any, **_: Any) -> None:
        request.body = b"the modem"

    clients.s3.meta.events.register_first("before-send.s3.PutObject", alter)
    try:
        with pytest.raises(Unavailable):
            ArtifactsBucket(clients.s3, "in-transit").store("m", tmp_path / "model.onnx")
    finally:
        clients.s3.meta.events.unregister("before-send.s3.PutObject", alter)
    assert "Contents" not in clients.s3.list_objects_v2(Bucket="in-transit")
