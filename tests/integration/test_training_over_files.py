"""A training over many files, its steps driven in the workflow's order over moto."""

import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.domain.errors import DatasetError, LeaseLost, Unavailable
from fraud_cli.sampling import write_sample
from fraud_training import ending, wiring
from fraud_training.progress import OutOfTime

sys.path.append(str(Path(__file__).parent))

from state_machines import TrainingWorkflow, stop_training

BUCKET = "fraud-data"
HEALTHY = "/api/v1/model/healthy"
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


def ask(stack: Any, link: str, **options: Any) -> int:
    body = {"dataset": link, **options}
    answer = stack.call("training", "POST", "/api/v1/training", body)
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
    assert workflow.fail() is True
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
    assert workflow.fail() is True
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
    assert workflow.fail() is False
    assert training(stack, training_id)["error"]["code"] == "workflow_failed"
    with pytest.raises(LeaseLost):
        workflow.mapped("survey", "shards")


@pytest.mark.parametrize("planned", [True, False])
def test_a_stopped_workflow_ends_its_training_whoever_looks_first(
    planned: bool, stack: Any, lines: list[str]
) -> None:
    put("0.csv", lines)
    looked_at, swept = ask(stack, FOLDER), ask(stack, FOLDER)
    for training_id in (looked_at, swept):
        if planned:
            TrainingWorkflow(stack, training_id).join("plan")
        stop_training(training_id)
    assert training(stack, looked_at)["error"]["code"] == "workflow_ended"
    sweeper = stack.function("sweeper")
    assert sweeper.handler({}, stack.context())["given_up"] == [swept]
    assert sweeper.handler({}, stack.context())["given_up"] == []
    assert training(stack, swept)["error"]["code"] == "workflow_ended"


def test_a_workflow_stopped_after_the_release_names_the_model(
    stack: Any, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise SystemExit

    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    monkeypatch.setattr(ending, "_processed", dies)
    with pytest.raises(SystemExit):
        TrainingWorkflow(stack, training_id).run()
    stop_training(training_id)
    ended = training(stack, training_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "workflow_ended")
    assert ended["model"] == stack.call("health", "GET", HEALTHY).body["modelname"]


def test_a_running_workflow_is_left_alone_by_the_sweeper(stack: Any, lines: list[str]) -> None:
    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    TrainingWorkflow(stack, training_id).join("plan")
    assert stack.function("sweeper").handler({}, stack.context())["given_up"] == []
    assert training(stack, training_id)["status"] == "processing"


def test_files_may_have_any_names(stack: Any, started: list[Any], lines: list[str]) -> None:
    header, *rows = lines
    for at, name in enumerate(("part 0.csv", "\u00fc.csv", "back\\slash.csv", "a%20b?c#d.csv")):
        put(name, [header, *rows[at::4]])
    training_id = ask(stack, FOLDER)
    TrainingWorkflow(stack, training_id).run()
    assert training(stack, training_id)["status"] == "processed"


def test_a_champion_that_cannot_be_read_at_once_is_read_again(
    stack: Any,
    started: list[Any],
    lines: list[str],
    release: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release("champion")
    put("0.csv", lines)
    training_id = ask(stack, FOLDER, promote="auto")
    workflow = TrainingWorkflow(stack, training_id)
    for step in ("plan", "survey", "weigh", "draw", "draft"):
        workflow.step(step)
    read = ArtifactsBucket.read

    def slow_down(bucket: Any, name: str, file: str) -> bytes:
        if name == "champion":
            raise Unavailable("reading a model failed (SlowDown)")
        return read(bucket, name, file)

    for step in ("score", "finish"):
        with monkeypatch.context() as patched:
            patched.setattr(ArtifactsBucket, "read", slow_down)
            with pytest.raises(Unavailable):
                workflow.step(step)
        workflow.step(step)
    decision = training(stack, training_id)["decision"]
    assert "both were scored on the same" in " ".join(decision["reasons"])


def test_a_step_without_time_ends_the_training_and_says_what_to_do(
    stack: Any, started: list[Any], lines: list[str]
) -> None:
    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    workflow = TrainingWorkflow(stack, training_id)
    for step in ("plan", "survey", "weigh", "draw"):
        workflow.step(step)
    with pytest.raises(OutOfTime):
        workflow.join("draft", remaining_ms=15_000)
    assert workflow.fail("OutOfTime") is False
    error = training(stack, training_id)["error"]
    assert error["code"] == "training_timeout"
    assert "give the trainer more memory" in error["message"]


def test_a_worker_that_ran_out_of_memory_is_named_as_that(
    stack: Any, started: list[Any], lines: list[str]
) -> None:
    put("0.csv", lines)
    training_id = ask(stack, FOLDER)
    workflow = TrainingWorkflow(stack, training_id)
    workflow.join("plan")
    assert workflow.fail("Runtime.OutOfMemory") is False
    error = training(stack, training_id)["error"]
    assert error["code"] == "worker_lost"
    assert "TrainerMemoryMb" in error["message"]


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
