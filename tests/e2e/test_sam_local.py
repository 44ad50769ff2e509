"""The functions in Lambda's own image: every event of events/, and the loop over `start-api`.

Takes minutes and a container engine, so it runs when asked for:
``uv run pytest -n 0 -m sam_local tests/e2e/test_sam_local.py``.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.sampling import write_sample

sys.path.append(str(Path(__file__).parent))

from container_engine import PROJECT, docker_host, reachable_from_containers

pytestmark = [pytest.mark.e2e, pytest.mark.sam_local, pytest.mark.timeout(1800)]

EVENTS = sorted((PROJECT / "events").glob("*.json"))
# By what an event's name begins with, the longest first.
FUNCTIONS = {
    "authorizer": "AuthorizerFunction",
    "datasets": "TrainingFunction",
    "dead-letters": "DeadLettersFunction",
    "docs": "DocsFunction",
    "health": "HealthFunction",
    "log-writer": "LogWriterFunction",
    "models": "ModelsFunction",
    "monitor": "MonitorFunction",
    "predict": "PredictFunction",
    "predictions": "PredictionsFunction",
    "registry": "RegistryFunction",
    "replayer": "ReplayerFunction",
    "replays": "ReplaysFunction",
    "scoring": "ScoringFunction",
    "scoring-finish": "ScoringFinishFunction",
    "scoring-plan": "ScoringPlanFunction",
    "scoring-range": "ScoringRangeFunction",
    "sweeper": "SweeperFunction",
    "status": "StatusFunction",
    "trainer": "TrainerFunction",
    "training": "TrainingFunction",
    "training-join": "TrainingJoinFunction",
    "training-shard": "TrainingShardFunction",
}
# Of the events that are no requests: what the function answers.
ANSWERS: dict[str, dict[str, Any]] = {
    # The key in it is not one of this stack's: API Gateway makes a 401 of it.
    "authorizer": {"errorMessage": "Unauthorized"},
    # Its training, if there is one, is none of those that were given up.
    "dead-letters": {"batchItemFailures": []},
    "log-writer": {"batchItemFailures": []},
    "log-writer-not-ours": {"batchItemFailures": []},
    # Its replay is not in this stack's table.
    "replayer": {"batchItemFailures": [{"itemIdentifier": "19dd0b57-b21e-4ac1-bd88-01bbb068cb78"}]},
    # Their scoring is not in this stack's table, their training is on one file.
    "scoring-finish": {"errorType": "NotFound"},
    "scoring-finish-failed": {"errorType": "NotFound"},
    "scoring-plan": {"errorType": "Conflict"},
    "scoring-range": {"errorType": "DatasetError"},
    "training-join": {"errorType": "Conflict"},
    "training-shard": {"errorType": "LeaseLost"},
    "sweeper": {"complete": True},
    "trainer": {"batchItemFailures": []},
}
# Requests that are to be refused, or that name what this stack has not.
STATUSES = {
    "datasets": 201,
    "predict-invalid": 422,
    "predictions-bad-id": 422,
    "scoring": 202,
    "training": 202,
    "training-idempotent": 202,
    "training-refused-link": 422,
}
NOT_HERE = {
    "models-get", "models-report", "models-compare", "predictions-get", "predictions-label",
    "registry-archive", "registry-challenge", "registry-promote", "registry-withdraw",
    "replays", "replays-get", "scoring-cancel", "scoring-get", "scoring-parts",
}  # fmt: skip
RAW = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 181000.0,
}


def function_of(event: Path) -> str:
    name = max((name for name in FUNCTIONS if event.stem.startswith(name)), key=len)
    return FUNCTIONS[name]


@pytest.fixture(scope="module")
def engine() -> str:
    host = docker_host()
    if host is None:
        pytest.skip("no container engine: set DOCKER_HOST")
    return host


@pytest.fixture(scope="module")
def sam(
    engine: str, deployed: Any, fraud: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment of SAM, and the options that lead its containers to the stack."""
    settings = json.loads(fraud("env").stdout.splitlines()[-1])
    file = tmp_path_factory.mktemp("sam") / "env.json"
    with reachable_from_containers(deployed.port) as endpoint:
        settings["Parameters"]["AWS_ENDPOINT_URL"] = endpoint
        # `sam local` does not multiply; the template does, by a map.
        settings["Parameters"]["MESSAGE_HIDDEN_S"] = "5400"
        file.write_text(json.dumps(settings), encoding="utf-8")
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "DOCKER_HOST": engine,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "us-east-1",
            "SAM_CLI_TELEMETRY": "0",
        }
        # The template asks for an endpoint only on the local target, and for the variable with it.
        overrides = f"DeploymentTarget=local AllowLoopbackLinks=true EndpointUrl={endpoint}"
        options = ["--env-vars", str(file), "--skip-pull-image", "--parameter-overrides", overrides]
        yield environment, options


def invoked(sam: tuple[dict[str, str], list[str]], function: str, event: Path) -> Any:
    environment, options = sam
    command = [sys.executable, "-m", "samcli", "local", "invoke", function, "--event", str(event)]
    done = subprocess.run(
        [*command, *options],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def unforeseen(event: Path, answer: dict[str, Any]) -> str:
    return (
        f"say in ANSWERS what the function answers to events/{event.name}, if this is it: {answer}"
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.stem)
def test_an_event_gets_its_answer(event: Path, sam: tuple[dict[str, str], list[str]]) -> None:
    answer = invoked(sam, function_of(event), event)
    if event.stem in ANSWERS:
        assert answer | ANSWERS[event.stem] == answer, answer
        return
    if event.stem == "monitor":
        assert {"hours", "arrivals", "now"} <= answer.keys()
        return
    assert "statusCode" in answer, unforeseen(event, answer)
    body = answer["body"]
    if event.stem in NOT_HERE:
        assert (answer["statusCode"], json.loads(body)["error"]["code"]) == (404, "not_found")
    elif event.stem == "registry-rollback":
        assert (answer["statusCode"], json.loads(body)["error"]["code"]) == (409, "conflict")
    else:
        assert answer["statusCode"] == STATUSES.get(event.stem, 200), body


def test_every_event_has_a_function() -> None:
    assert EVENTS
    for event in EVENTS:
        assert function_of(event)


@pytest.fixture(scope="module")
def local_api(
    sam: tuple[dict[str, str], list[str]], deployed: Any, unused_port: int, tmp_path_factory: Any
) -> Iterator[httpx.Client]:
    """`sam local start-api`, with the stack's key."""
    environment, options = sam
    log = tmp_path_factory.mktemp("start-api") / "log"
    command = [sys.executable, "-m", "samcli", "local", "start-api", "--port", str(unused_port)]
    command += ["--warm-containers", "LAZY", *options]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )
    headers = {"X-Api-Key": deployed.up["api_key"]}
    url = f"http://127.0.0.1:{unused_port}/api/v1"
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=180, trust_env=False) as client:
            _wait(client, log)
            yield client
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait(client: httpx.Client, log: Path) -> None:
    for _ in range(120):
        try:
            if client.get("/status").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(1)
    raise AssertionError(log.read_text(encoding="utf-8")[-3000:])


def test_the_loop_runs_over_start_api(
    local_api: httpx.Client, deployed: Any, tmp_path: Path
) -> None:
    """The trainer behind the queue is the emulator's: `sam local` has no queues."""
    assert local_api.get("/status").json()["message"] == "pong!"
    nobody = local_api.get("/model/healthy", headers={"X-Api-Key": "nonsense"})
    # Where an authorizer raises, API Gateway answers 401, and `sam local` 502.
    assert nobody.status_code in {401, 403, 502}
    write_sample(tmp_path / "sample.csv", 20_000, seed=41)
    asked = local_api.post("/datasets", json={})
    assert asked.status_code == 201, asked.text
    upload = asked.json()
    sent = (tmp_path / "sample.csv").read_bytes()
    signed = httpx.URL(upload["upload_url"])  # for the address that containers use
    here = signed.copy_with(host="127.0.0.1", port=deployed.port)
    stored = httpx.put(
        here, content=sent, headers={"Host": signed.netloc.decode()}, trust_env=False
    )
    assert stored.status_code == 200, stored.text
    accepted = local_api.post("/training", json={"dataset": upload["dataset"], "promote": "never"})
    assert accepted.status_code == 202, accepted.text
    training_id = accepted.json()["id"]
    for _ in range(120):
        training = local_api.get(f"/training/{training_id}").json()
        if training["status"] in {"processed", "error"}:
            break
        time.sleep(1)
    assert training["status"] == "processed", training
    answer = local_api.post("/model/predict", json=RAW)
    assert answer.status_code == 200, answer.text
    batch = local_api.post("/model/predict/batch", json={"transactions": [RAW] * 3})
    assert len(batch.json()["predictions"]) == 3
    logged = local_api.get(f"/predictions/{answer.json()['prediction_id']}")
    assert logged.json()["probability"] == answer.json()["probability"]
    name = training["model"]
    assert name in {m["name"] for m in local_api.get("/models").json()["models"]}
    assert local_api.get("/model/healthy").json()["modelname"] != name
