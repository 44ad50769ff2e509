"""Releases reach every warm function within 60 s while predictions are asked for, and none fails.

The emulator keeps one process for each version of a function, so that several are kept warm here:
the one behind the API, and two more that are invoked directly with the API's own event. Takes about
two minutes, most of it waiting for the looks at the pointer, which come every 30 s.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.model_cards import ONNX_FILE
from fraud.domain.registry import Action, Order, work_out
from fraud_cli.local.stack import StackInfo
from fraud_cli.sampling import write_sample

pytestmark = pytest.mark.e2e

type Predict = Callable[[], tuple[int, Any]]
"""Asks for one prediction; gives status and body."""
type Client = tuple[str, Predict]
"""A worker, and how to ask it."""

TRANSACTION = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}
API = "live, through the API"
CLIENTS = 4
PAUSE_S = 0.2
PROMISED_S = 60
PATIENCE_S = 75


@dataclass(frozen=True)
class Answered:
    """One prediction, as a client saw it; status 0 is no answer at all."""

    worker: str
    at_s: float
    status: int
    model: str


@dataclass
class Traffic:
    """Clients that ask for predictions without a break, and what they were answered."""

    answers: list[Answered] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    def ask(self, worker: str, predict: Predict) -> None:
        """Ask until told to stop."""
        while not self._stop.wait(PAUSE_S):
            try:
                status, body = predict()
            except Exception as e:  # noqa: BLE001 - whatever it was, it was no answer
                status, body = 0, {"model": {"name": repr(e)}}
            name = body["model"]["name"] if "model" in body else str(body)
            self.answers.append(Answered(worker, time.monotonic(), status, name))

    @contextmanager
    def running(self, clients: list[Client]) -> Iterator[None]:
        """Let clients ask while the block runs."""
        threads = [Thread(target=self.ask, args=client, daemon=True) for client in clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(PATIENCE_S)

    @property
    def latest(self) -> dict[str, str]:
        """The model that each worker answered with last."""
        return {a.worker: a.model for a in [*self.answers]}

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for something that the answers, or anything else, show."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.latest
            time.sleep(0.1)

    def until_all_serve(self, name: str, workers: set[str]) -> None:
        """Wait until every worker has answered with a model."""
        self.wait_for(lambda: self.latest == dict.fromkeys(workers, name))


@pytest.fixture(scope="module")
def models(info: StackInfo) -> RegistryChanges:
    return RegistryChanges(info.session().client("dynamodb"), info.outputs["ModelsTableName"])


@pytest.fixture(scope="module")
def release(models: RegistryChanges) -> Iterator[Callable[[str], float]]:
    """Enables a model unseen, as no operator can: the routes look at its artifacts first.

    The model that was enabled at first is enabled again at the end.
    """
    first = models.champion()
    assert first is not None

    def run(name: str) -> float:
        record = models.get(name)
        assert record is not None
        order = Order(uuid4().hex, Action.PROMOTE, "tests", datetime.now(UTC), "a test")
        models.apply(work_out(order, record, models.pointers()))
        return time.monotonic()

    yield run
    if models.champion().name != first.name:  # type: ignore[union-attr]
        run(first.name)


@pytest.fixture(scope="module")
def two_models(
    models: RegistryChanges, served: tuple[Path, str], train: Callable[..., dict[str, Any]]
) -> tuple[str, str]:
    """The enabled model, and another one that is not."""
    directory, link = served
    write_sample(directory / "other.csv", 20_000, seed=21)
    other = train(f"{link}/other.csv", feature_set="basic", promote="never")
    assert other["status"] == "processed", other["error"]
    champion = models.champion()
    assert champion is not None
    return champion.name, other["model"]


@pytest.fixture(scope="module")
def clients(info: StackInfo, deployed: Any, project_dir: Path) -> Iterator[list[Client]]:
    """Clients of the API, and of two more versions of the function."""
    event = json.loads((project_dir / "events/predict.json").read_text(encoding="utf-8"))
    payload = json.dumps({**event, "body": json.dumps(TRANSACTION)})
    function = info.outputs["PredictFunctionName"]
    client: Any = info.session().client("lambda")

    def through_the_api(api: httpx.Client) -> tuple[int, Any]:
        answer = api.post("/model/predict", json=TRANSACTION)
        return answer.status_code, answer.json()

    def directly(version: str) -> tuple[int, Any]:
        given = client.invoke(FunctionName=function, Qualifier=version, Payload=payload)
        answer = json.loads(given["Payload"].read())
        return answer["statusCode"], json.loads(answer["body"])

    published = client.publish_version(FunctionName=function)["Version"]
    apis = [deployed.client(deployed.up["api_key"]) for _ in range(CLIENTS)]
    yield [
        *[(API, partial(through_the_api, api)) for api in apis],
        *[(version, partial(directly, version)) for version in ("$LATEST", published)],
    ]
    for api in apis:
        api.close()


def seconds_until_gone(answers: list[Answered], name: str, since_s: float) -> dict[str, float]:
    """For each worker, how long after a moment it last answered with a model."""
    last: dict[str, float] = {}
    for a in answers:
        if a.at_s >= since_s:
            last.setdefault(a.worker, 0.0)
            if a.model == name:
                last[a.worker] = a.at_s - since_s
    return {worker: round(seconds, 1) for worker, seconds in last.items()}


def test_a_promotion_and_a_rollback_reach_every_warm_function_and_no_prediction_fails(
    clients: Any, two_models: tuple[str, str], api: httpx.Client, fraud: Any
) -> None:
    first, second = two_models

    def change(path: str) -> float:
        answer = api.post(f"/models/{path}", json={"reason": "shown under load"})
        assert answer.status_code == 200, answer.text
        return time.monotonic()

    workers = {worker for worker, _ in clients}
    traffic = Traffic()
    with traffic.running(clients):
        traffic.until_all_serve(first, workers)
        promoted_s = change(f"{second}/promote")
        traffic.until_all_serve(second, workers)
        until_rollback = len(traffic.answers)
        rolled_back_s = change("rollback")
        traffic.until_all_serve(first, workers)
    processes = list((fraud.state_dir / "local/tmp").glob("ministack-lambda-*PredictFunction*"))
    assert len(processes) >= len(workers) == 3
    assert [a for a in traffic.answers if a.status != 200] == []
    assert {a.model for a in traffic.answers} == {first, second}
    promotion = seconds_until_gone(traffic.answers[:until_rollback], first, promoted_s)
    rollback = seconds_until_gone(traffic.answers, second, rolled_back_s)
    print(  # noqa: T201 - what the test measured
        f"\n{len(traffic.answers)} predictions, none failed; last answer of the old model, seconds "
        f"after the promotion: {promotion}; after the rollback: {rollback}"
    )
    assert set(promotion) == set(rollback) == workers
    assert max(*promotion.values(), *rollback.values()) <= PROMISED_S


def test_a_release_whose_file_has_one_bit_flipped_is_not_served_and_is_logged_for_the_alarm(
    clients: Any,
    two_models: tuple[str, str],
    release: Callable[[str], float],
    info: StackInfo,
    api: httpx.Client,
) -> None:
    first, second = two_models
    s3: Any = info.session().client("s3")
    logs: Any = info.session().client("logs")
    place = {"Bucket": info.outputs["DataBucketName"], "Key": f"models/{second}/{ONNX_FILE}"}
    whole = s3.get_object(**place)["Body"].read()
    broken = bytearray(whole)
    broken[len(broken) // 2] ^= 1
    (found,) = [
        f
        for f in logs.describe_metric_filters()["metricFilters"]
        if f["metricTransformations"][0]["metricName"] == "ModelNotLoaded"
    ]

    def failed_looks() -> list[dict[str, Any]]:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=found["logGroupName"])
        lines = [event["message"] for page in pages for event in page["events"]]
        read = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in read if line["message"] == "model_not_loaded"]

    traffic = Traffic()
    with traffic.running(clients[:1]):
        traffic.until_all_serve(first, {API})
        s3.put_object(**place, Body=bytes(broken))
        try:
            release(second)
            traffic.wait_for(lambda: bool(failed_looks()))
            assert api.get("/model/healthy").status_code == 200
        finally:
            s3.put_object(**place, Body=whole)
            release(first)
    assert {(a.status, a.model) for a in traffic.answers} == {(200, first)}
    line = failed_looks()[0]
    assert (line["level"], line["serving"]) == ("ERROR", first)
    assert ONNX_FILE in line["reason"]
