"""A training over many files on the deployed state machine."""

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import StackInfo
from fraud_cli.sampling import write_sample

from .conftest import training_states
from .workflows import Workflow

pytestmark = pytest.mark.e2e

type Put = Callable[[str, list[str]], str]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("lines") / "sample.csv"
    write_sample(path, 12_000, seed=3, fraud_rate=0.02)
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def bucket(info: StackInfo) -> str:
    return info.outputs["DataBucketName"]


@pytest.fixture(scope="module")
def s3(aws: Any) -> Any:
    return aws("s3")


@pytest.fixture(scope="module")
def workflow(info: StackInfo, state_dir: Path) -> Workflow:
    return Workflow(info, "TrainingStateMachineArn", state_dir)


@pytest.fixture(scope="module")
def put(s3: Any, bucket: str) -> Put:
    def write(name: str, rows: list[str]) -> str:
        s3.put_object(Bucket=bucket, Key=f"uploads/{name}", Body="\n".join(rows).encode())
        return f"s3://{bucket}/uploads/{name}"

    return write


@pytest.fixture(scope="module")
def put_shards(put: Put, lines: list[str]) -> Callable[[int], str]:
    """Deals the rows out to so many files; gives the link to their folder."""

    def deal(shards: int) -> str:
        header, *rows = lines
        for i in range(shards):
            link = put(f"{shards}/{i}.csv", [header, *rows[i::shards]])
        return link.rpartition("/")[0] + "/"

    return deal


@pytest.fixture(scope="module")
def digest(s3: Any, bucket: str) -> Callable[[str], str]:
    """The SHA-256 of a model's file."""

    def of(model: str) -> str:
        answer = s3.get_object(Bucket=bucket, Key=f"models/{model}/model.onnx")
        return sha256(answer["Body"].read()).hexdigest()

    return of


@pytest.fixture(scope="module")
def one(put: Put, train: Any, lines: list[str]) -> dict[str, Any]:
    """The training from all rows in one file, in one function."""
    trained = train(put("one.csv", lines), promote="never")
    assert trained["status"] == "processed", trained["error"]
    return dict(trained)


@pytest.mark.parametrize("shards", [1, 7, 10, 50])
def test_any_number_of_shards_gives_the_model_of_one_file(
    shards: int, put_shards: Any, train: Any, one: dict[str, Any], digest: Any, workflow: Workflow
) -> None:
    trained = train(put_shards(shards), promote="never")
    assert_same(trained, one, digest)
    assert workflow.shards(f"training-{trained['id']}") == set(range(shards))
    progress = [p for _, _, p in trained["seen"]]
    assert progress == sorted(progress)


def assert_same(trained: dict[str, Any], one: dict[str, Any], digest: Any) -> None:
    assert trained["status"] == "processed", trained["error"]
    assert digest(trained["model"]) == digest(one["model"])
    assert without_time(trained["metrics"]) == without_time(one["metrics"])


def without_time(metrics: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name != "time"}


def test_a_killed_worker_changes_nothing(
    put_shards: Any, api: httpx.Client, one: dict[str, Any], digest: Any, workflow: Workflow
) -> None:
    accepted = api.post("/training", json={"dataset": put_shards(7), "promote": "never"}).json()
    name = f"training-{accepted['id']}"
    for training in training_states(api, accepted["id"]):
        if training["status"] == "processing" and not workflow.failures(name):
            workflow.kill_one_worker("TrainingShardFunction")
    assert workflow.failures(name) > 0
    assert_same(training, one, digest)


def test_a_stopped_workflow_ends_its_training_and_leaves_no_model(
    put_shards: Any, api: httpx.Client, s3: Any, bucket: str, workflow: Workflow
) -> None:
    accepted = api.post("/training", json={"dataset": put_shards(10), "promote": "never"}).json()
    name = f"training-{accepted['id']}"
    stopped = False
    for training in training_states(api, accepted["id"]):
        if training["progress"] > 0 and not stopped:
            workflow.stop(name)
            stopped = True
    assert (training["status"], training["error"]["code"]) == ("error", "workflow_ended")
    assert training.get("model") is None
    time.sleep(3)
    stored = s3.list_objects_v2(Bucket=bucket, Prefix=f"models/fraud-{accepted['id']:06d}-")
    assert "Contents" not in stored


def test_a_corrupt_shard_ends_in_a_sentence_with_its_file_and_line(
    bucket: str, put: Put, train: Any, lines: list[str]
) -> None:
    header, *rows = lines
    for i in range(3):
        part = rows[i::3]
        put(f"corrupt/{i}.csv", [header, *part[:40], *(["oops,x"] if i == 1 else []), *part[40:]])
    failed = train(f"s3://{bucket}/uploads/corrupt/")
    assert failed["status"] == "error"
    message = failed["error"]["message"]
    assert f"first in line 42 of s3://{bucket}/uploads/corrupt/1.csv" in message
    assert failed.get("model") is None
