"""A training over many files, its steps driven in the workflow's order over moto."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.domain.errors import DatasetError, LeaseLost
from fraud_cli.sampling import write_sample
from fraud_training import wiring

sys.path.append(str(Path(__file__).parent))

from state_machines import TrainingWorkflow

BUCKET = "fraud-data"
FOLDER = f"s3://{BUCKET}/uploads/march/"


@pytest.fixture(scope="session")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    path = tmp_path_factory.mktemp("lines") / "sample.csv"
    write_sample(path, 12_000, seed=3, fraud_rate=0.02)
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def started(stack: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Takes note of workflows instead of starting them: moto has no distributed map."""
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(type(wiring.job().workflow), "start", lambda _, *how: seen.append(how))
    monkeypatch.setattr(type(wiring.job().workflow), "abandoned", lambda *_: False)
    return seen


def put(name: str, rows: list[str]) -> None:
    boto3.client("s3").put_object(
        Bucket=BUCKET, Key=f"uploads/march/{name}", Body="\n".join(rows).encode()
    )


def ask(stack: Any, link: str, **how: Any) -> int:
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": link}, **how)
    assert answer.status == 202, answer.body
    stack.train()
    return int(answer.body["id"])


def training(stack: Any, training_id: int) -> dict[str, Any]:
    return dict(stack.call("training", "GET", f"/api/v1/training/{training_id}").body)


def onnx_of(model: str) -> str:
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=f"models/{model}/model.onnx")["Body"]
    return sha256(body.read()).hexdigest()


def test_shards_below_a_link_give_the_model_of_one_file(
    stack: Any, started: list[Any], lines: list[str]
) -> None:
    header, *rows = lines
    for i in range(4):
        put(f"{i}.csv", [header, *rows[i::4]])
    put("_SUCCESS", ["no data"])
    put("whole/all.txt", [header, *rows])
    boto3.client("s3").delete_object(Bucket=BUCKET, Key="uploads/march/whole/all.txt")
    boto3.client("s3").put_object(
        Bucket=BUCKET, Key="uploads/one.csv", Body="\n".join(lines).encode()
    )
    one = training(stack, ask(stack, f"s3://{BUCKET}/uploads/one.csv"))
    training_id = ask(stack, FOLDER)
    assert started == [(f"training-{training_id}", training_id)]
    workflow = TrainingWorkflow(stack, training_id)
    assert workflow.run() > 4
    ten = training(stack, training_id)
    assert (ten["status"], ten["stage"], ten["progress"]) == ("processed", "done", 1), ten
    assert onnx_of(ten["model"]) == onnx_of(one["model"])
    assert {k: v for k, v in ten["metrics"].items() if k != "time"} == {
        k: v for k, v in one["metrics"].items() if k != "time"
    }
    assert ten["findings"] == one["findings"]
    assert ten["decision"]["promote"] is False
    with pytest.raises(LeaseLost):
        workflow.join("finish")
    assert workflow.join("fail")["expected"] is True
    assert training(stack, training_id)["status"] == "processed"


def test_a_corrupt_row_ends_the_training_with_its_file_and_line(
    stack: Any, started: list[Any], lines: list[str]
) -> None:
    header, *rows = lines
    put("0.csv", [header, *rows[::2]])
    put("1.csv", [header, *rows[1::2][:80], "oops,x", *rows[1::2][80:]])
    training_id = ask(stack, FOLDER)
    workflow = TrainingWorkflow(stack, training_id)
    workflow.join("plan")
    workflow.mapped("survey", "shards")
    with pytest.raises(DatasetError):
        workflow.join("weigh")
    assert workflow.join("fail")["expected"] is True
    failed = training(stack, training_id)
    assert failed["status"] == "error"
    assert failed["error"]["code"] == "ragged_rows"
    assert f"first in line 82 of {FOLDER}1.csv" in failed["error"]["message"]
    assert not boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="models/").get("Contents")


def test_a_workflow_that_came_to_grief_ends_its_training(
    stack: Any, started: list[Any], lines: list[str]
) -> None:
    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    workflow = TrainingWorkflow(stack, training_id)
    workflow.join("plan")
    assert workflow.join("fail")["expected"] is False
    assert training(stack, training_id)["error"]["code"] == "workflow_failed"
    with pytest.raises(LeaseLost):
        workflow.mapped("survey", "shards")


def test_a_stopped_workflow_ends_its_training_whoever_looks_first(
    stack: Any, lines: list[str]
) -> None:
    put("0.csv", lines)
    engine, stopped = boto3.client("stepfunctions"), []
    machine = os.environ["TRAINING_STATE_MACHINE_ARN"]
    for _ in range(2):
        training_id = ask(stack, FOLDER)
        TrainingWorkflow(stack, training_id).join("plan")
        name = f"training-{training_id}"
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        engine.stop_execution(executionArn=execution)
        stopped.append(training_id)
    looked_at, swept = stopped
    assert training(stack, looked_at)["error"]["code"] == "workflow_ended"
    sweeper = stack.function("sweeper")
    assert sweeper.handler({}, stack.context())["given_up"] == [swept]
    assert sweeper.handler({}, stack.context())["given_up"] == []
    assert training(stack, swept)["error"]["code"] == "workflow_ended"


def test_a_running_workflow_is_left_alone_by_the_sweeper(stack: Any, lines: list[str]) -> None:
    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    TrainingWorkflow(stack, training_id).join("plan")
    assert stack.function("sweeper").handler({}, stack.context())["given_up"] == []
    assert training(stack, training_id)["status"] == "processing"


def test_a_first_file_without_rows_does_not_void_the_limits(
    stack: Any, started: list[Any], lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("0.csv", lines[:1])
    put("1.csv", lines)
    training_id = ask(stack, FOLDER)
    monkeypatch.setenv("TRAINING_MAX_ROWS", "10000")
    with pytest.raises(DatasetError):
        TrainingWorkflow(stack, training_id).join("plan")
    assert training(stack, training_id)["error"]["code"] == "too_many_rows"


def test_a_link_without_files_says_so(stack: Any, started: list[Any]) -> None:
    training_id = ask(stack, f"s3://{BUCKET}/uploads/nothing/")
    with pytest.raises(DatasetError):
        TrainingWorkflow(stack, training_id).join("plan")
    assert training(stack, training_id)["error"]["code"] == "empty_dataset"


def test_other_clients_uploads_are_refused_as_a_folder(stack: Any) -> None:
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": FOLDER}, scopes="train")
    assert answer.status == 422
    assert "not an upload of yours" in answer.body["error"]["message"]
