"""Replays on the deployed stack: asked for over HTTP, and taken over from a killed worker."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from fraud.adapters.replays_table import ReplaysTable
from fraud.domain.replays import ReplayRequest
from fraud_cli.sampling import write_sample

from .conftest import RAW, until_served

pytestmark = pytest.mark.e2e

ENDS_WITHIN_S = 60
REQUESTS = 6
ROWS = 20
HOUR = timedelta(hours=1)
# Runs one replay as the replayer does, and kills itself when three steps have been written down.
KILLED_WORKER = """
import os, signal, sys
from fraud_serving import replay_job, replay_wiring

replay_job.ROWS_AT_ONCE, replay_job.SAVE_EVERY_S = 1, 0.0
real, steps = replay_job.count_again, 0

def dying(*args):
    global steps
    real(*args)
    steps += 1
    if steps == 4:
        os.kill(os.getpid(), signal.SIGKILL)

replay_job.count_again = dying
replay_wiring.job().run(int(sys.argv[1]), lambda: 300.0)
"""


@pytest.fixture(scope="module")
def models(
    api: httpx.Client, served: tuple[Path, str], train: Callable[..., dict[str, Any]]
) -> tuple[str, str]:
    """The enabled model, and another one."""
    directory, link = served
    write_sample(directory / "replay.csv", 20_000, seed=31)
    training = train(f"{link}/replay.csv", promote="never")
    assert training["status"] == "processed", training["error"]
    return str(api.get("/model/healthy").json()["modelname"]), training["model"]


@pytest.fixture(scope="module")
def window(api: httpx.Client, models: tuple[str, str]) -> dict[str, str]:
    """A time with predictions of the enabled model in it, two of them labelled."""
    until_served(api, models[0])
    since = datetime.now(UTC)
    for _ in range(REQUESTS):
        body = {"transactions": [RAW] * ROWS}
        answer = api.post("/model/predict/batch", json=body)
        assert answer.status_code == 200, answer.text
    for index, is_fraud in enumerate((True, False)):
        path = f"/predictions/{answer.json()['prediction_id']}-{index}/label"
        assert api.post(path, json={"is_fraud": is_fraud}).status_code == 200
    return {"from": since.isoformat(), "to": datetime.now(UTC).isoformat()}


def ended(api: httpx.Client, replay_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < deadline:
        replay = dict(api.get(f"/replays/{replay_id}").json())
        if replay["status"] in {"processed", "error"}:
            return replay
        time.sleep(0.2)
    raise AssertionError(f"replay {replay_id} did not end: {replay}")


def test_a_replay_says_what_another_model_would_have_answered(
    api: httpx.Client, models: tuple[str, str], window: dict[str, str]
) -> None:
    champion, other = models
    accepted = api.post(f"/models/{other}/replay", json=window)
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["Location"].endswith(f"/api/v1/replays/{accepted.json()['id']}")
    done = ended(api, accepted.json()["id"])
    assert (done["status"], done["progress"]) == ("processed", 1)
    result = done["result"]
    assert (result["rows"], result["left_out"]) == (REQUESTS * ROWS, 0)
    assert result["answered_by"] == {champion: REQUESTS * ROWS}
    assert sum(n for row in result["outcomes"].values() for n in row.values()) == result["rows"]
    assert (result["labels"], result["frauds"]) == (2, 1)


def test_the_command_follows_a_replay_to_its_result(
    fraud: Any, models: tuple[str, str], window: dict[str, str]
) -> None:
    champion, _ = models
    args = ("replay", champion, "--from", window["from"], "--to", window["to"], "--wait")
    result = fraud.json(*args)["result"]
    # The model that answered says the same again.
    assert (result["same_is_fraud"], result["same_outcome"], result["mean_shift"]) == (1, 1, 0)
    assert f"Of {REQUESTS * ROWS} transactions {champion} calls" in fraud(*args).stdout
    assert champion in fraud("replays").stdout


def test_keys_that_only_read_look_and_ask_for_none(
    deployed: Any, fraud: Any, models: tuple[str, str], window: dict[str, str]
) -> None:
    key = fraud.json("keys", "create", "replay-reader", "-s", "read")["api_key"]
    with deployed.client(key) as reader:
        assert reader.get("/replays").status_code == 200
        refused = reader.post(f"/models/{models[1]}/replay", json=window)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")


def test_what_cannot_be_is_refused_in_the_form_of_all_errors(
    api: httpx.Client, window: dict[str, str]
) -> None:
    backwards = {"from": window["to"], "to": window["from"]}
    for path, body, status in (
        ("/models/nobody/replay", window, 404),
        ("/models/nobody/replay", backwards, 422),
        ("/models/nobody/replay", {}, 422),
    ):
        answer = api.post(path, json=body)
        assert answer.status_code == status, answer.text
        assert {"code", "message", "request_id"} <= set(answer.json()["error"])
    assert api.get("/replays/999999").status_code == 404


def test_a_replay_whose_worker_was_killed_is_finished_and_counts_each_prediction_once(
    api: httpx.Client,
    deployed: Any,
    fraud: Any,
    models: tuple[str, str],
    window: dict[str, str],
    project_dir: Path,
) -> None:
    endpoint = f"http://127.0.0.1:{deployed.port}"
    settings = json.loads(fraud("env").stdout)["Parameters"]
    dynamodb = boto3.client("dynamodb", endpoint_url=endpoint)
    table = ReplaysTable(dynamodb, settings["REPLAYS_TABLE"])
    now = datetime.now(UTC)
    asked = ReplayRequest.model_validate(window)
    replay_id = table.register(models[1], asked, "tests", now).id  # and not queued: the test works
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WORKER, str(replay_id)],
        cwd=project_dir,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    left = table.get(replay_id)
    assert (left.status, left.attempts) == ("processing", 0)
    assert left.counts.pair.rows == 3 * ROWS
    expire = {"lease_until": (now - HOUR).isoformat(timespec="microseconds")}
    table.update(left, now, **expire)
    boto3.client("sqs", endpoint_url=endpoint).send_message(
        QueueUrl=settings["REPLAY_QUEUE_URL"], MessageBody=json.dumps({"replay_id": replay_id})
    )
    done = ended(api, replay_id)
    assert (done["status"], done["result"]["rows"]) == ("processed", REQUESTS * ROWS)
