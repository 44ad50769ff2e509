"""Replays from the terminal: what is asked for, and what a person gets to read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from fraud.domain.replays import Replay, ReplayCounts
from fraud.http.replay_answers import replay_answer
from fraud_cli.commands import replays
from fraud_cli.errors import CliError

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

type Run = Callable[..., str]


def answer(status: str, **fields: Any) -> dict[str, Any]:
    """What the API answers, rendered by the API's own code."""
    counts = ReplayCounts()
    counts.pair.rows = 10
    counts.pair.left_out = 3
    counts.pair.frauds = [[7, 1], [0, 2]]
    counts.pair.outcomes = [[7, 0, 1], [0, 0, 0], [0, 0, 2]]
    counts.pair.champion.count(True, True, 2)
    counts.pair.champion.count(False, True, 1)
    counts.pair.challenger.count(True, True, 3)
    counts.left_out_because["newbalanceDest is missing"] = 3
    counts.answered_by["first"] = 13
    return replay_answer(
        Replay.model_validate(
            {
                "id": 7,
                "status": status,
                "model": "second",
                "since": NOW - timedelta(days=7),
                "until": NOW,
                "client": "alice",
                "created_at": NOW,
                "updated_at": NOW,
                "counts": counts,
                **fields,
            }
        )
    )


@pytest.fixture
def run(answered: Run) -> Run:
    return partial(answered, replays)


def test_a_replay_is_followed_to_its_result(run: Run, sent: list[httpx.Request]) -> None:
    steps = [answer("pending"), answer("processing", progress=0.5), answer("processed")]
    shown = run([{"id": 7}, *steps], "replay", "a/b", "--from", "7d", "--wait")
    asked = json.loads(sent[0].content)
    assert sent[0].url.raw_path.decode() == "/api/v1/models/a%2Fb/replay"
    assert sent[0].headers["Idempotency-Key"]
    length = datetime.fromisoformat(asked["to"]) - datetime.fromisoformat(asked["from"])
    assert length == timedelta(days=7)
    assert [request.url.path[-10:] for request in sent[1:]] == ["/replays/7"] * 3
    cells = [line.split() for line in shown.splitlines()]
    assert "Of 10 transactions second calls 3 fraud, 2 were called so, 2 are both." in shown
    assert "3 more were left out, most of them because: newbalanceDest is missing." in shown
    assert ["approve", "7", "0", "1"] in cells
    assert ["called", "fraud", "2", "3"] in cells
    assert ["labels", "3", "3"] in cells
    assert any(line[:2] == ["recall", "0.667"] for line in cells)


def test_without_waiting_the_id_says_how_to_go_on(run: Run) -> None:
    assert "fraud replays 7" in run([{"id": 7}], "replay", "second")


def test_json_is_the_answer_itself(run: Run) -> None:
    processed = answer("processed")
    assert json.loads(run([processed], "replays", "7", "--json")) == processed


def test_an_error_is_its_own_sentence(run: Run) -> None:
    error = {"code": "artifact_rejected", "message": "model.onnx was altered"}
    with pytest.raises(CliError, match=r"replay 7: model.onnx was altered"):
        run([answer("error", error=error)], "replays", "7")


def test_replays_are_a_table(run: Run) -> None:
    page = {"replays": [answer("processing", progress=0.25)], "next": None}
    header, row = run([page], "replays").splitlines()
    assert header.split() == ["id", "status", "progress", "model", "from", "to"]
    window = ["2026-11-15T20:00", "2026-11-22T20:00"]
    assert row.split() == ["7", "processing", "25%", "second", *window]
    assert "fraud replay NAME" in run([{"replays": [], "next": None}], "replays")


def test_a_time_without_an_offset_names_its_option(run: Run) -> None:
    with pytest.raises(CliError, match="--to 2026-11-22 is no time"):
        run([], "replay", "second", "--to", "2026-11-22")
