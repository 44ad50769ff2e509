"""The trainer over moto, with real SQS events: trains, ends bad datasets, loses no message."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.adapters.trainings_table import TrainingsTable
from fraud_cli.sampling import write_sample
from fraud_training import job

SUCCESS: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    write_sample(path, 20_000, seed=3)
    return path


def ask(stack: Any, link: str, **options: Any) -> int:
    answer = stack.call("training", "POST", "/api/v1/training", {"dataset": link, **options})
    assert answer.status == 202, answer.body
    return int(answer.body["id"])


def training(stack: Any, training_id: int) -> dict[str, Any]:
    return dict(stack.call("training", "GET", f"/api/v1/training/{training_id}").body)


def test_the_loop_from_link_to_prediction(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    training_id = ask(stack, put_dataset(sample), feature_set="basic")
    assert stack.train() == SUCCESS
    done = training(stack, training_id)
    assert (done["status"], done["stage"], done["progress"]) == ("processed", "done", 1), done
    assert done["decision"]["promote"] is True
    health = stack.call("health", "GET", "/api/v1/model/healthy").body
    assert health["modelname"] == done["model"]
    assert health["f1"] == pytest.approx(done["metrics"]["f1"])
    transaction = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}
    answer = stack.call("predict", "POST", "/api/v1/model/predict", transaction)
    assert answer.status == 200, answer.body
    assert answer.body["model"]["name"] == done["model"]


def test_artifacts_are_stored_with_the_digests_of_the_registry(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    training_id = ask(stack, put_dataset(sample))
    stack.train()
    name = training(stack, training_id)["model"]
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket="fraud-data", Prefix=f"models/{name}/")["Contents"]
    files = {entry["Key"].rsplit("/", 1)[1] for entry in listed}
    assert {"model.onnx", "model.joblib", "card.json", "golden.json"} <= files
    card = json.loads(
        s3.get_object(Bucket="fraud-data", Key=f"models/{name}/card.json")["Body"].read()
    )
    assert card["name"] == name
    assert card["dataset"]["rows"] == 20_000


def test_a_message_delivered_twice_makes_one_model(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()
    assert stack.deliver(records) == SUCCESS
    first = training(stack, training_id)
    assert stack.deliver(records) == SUCCESS
    assert training(stack, training_id) == first
    models = boto3.client("dynamodb").scan(TableName="ModelsTable")["Items"]
    assert sum(item["pk"]["S"] == "model" for item in models) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><body>Sign in</body></html>", b"a,b\n1,2\n", b"\xff\xfes\x00t\x00"],
    ids=["empty", "web page", "other columns", "utf-16"],
)
def test_a_bad_dataset_ends_in_error_and_leaves_the_queue(
    content: bytes, stack: Any, tmp_path: Path, put_dataset: Callable[[Path], str]
) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    training_id = ask(stack, put_dataset(tmp_path / "bad.csv"))
    assert stack.train() == SUCCESS
    ended = training(stack, training_id)
    assert ended["status"] == "error"
    assert ended["error"]["code"]
    assert ended["finished_at"]


def test_a_missing_object_ends_in_error(stack: Any) -> None:
    training_id = ask(stack, "s3://fraud-data/uploads/not-there.csv")
    assert stack.train() == SUCCESS
    assert training(stack, training_id)["error"]["code"] == "dataset_unreachable"


def test_a_retry_trains_on_the_kept_copy(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    link = put_dataset(sample)
    training_id = ask(stack, link)
    records = stack.queued()
    real_fit = job.fit

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the worker fell over")

    monkeypatch.setattr(job, "fit", broken)
    failed = stack.deliver(records)
    assert failed == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}
    boto3.client("s3").delete_object(Bucket="fraud-data", Key="uploads/sample.csv")
    monkeypatch.setattr(job, "fit", real_fit)
    assert stack.deliver(records) == SUCCESS
    done = training(stack, training_id)
    assert (done["status"], done["attempts"]) == ("processed", 2), done["error"]


def test_what_keeps_failing_ends_as_error(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(job, "fit", broken)
    outcomes = [stack.deliver(records) for _ in range(3)]
    assert [len(o["batchItemFailures"]) for o in outcomes] == [1, 1, 0]
    ended = training(stack, training_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "internal")
    assert "secret" not in ended["error"]["message"]


def test_a_training_that_runs_out_of_time_stops_in_order(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    training_id = ask(stack, put_dataset(sample))
    outcome = stack.train(remaining_ms=5_000)
    assert len(outcome["batchItemFailures"]) == 1
    assert training(stack, training_id)["status"] == "processing"


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"training_id": 0}', '{"training_id": "1"}'])
def test_a_message_that_is_not_ours_is_given_back_alone(stack: Any, body: str) -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=stack.queue_url, MessageBody=body or " ")
    records = stack.queued()
    outcome = stack.deliver(records)
    assert outcome == {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}]}


def test_a_training_on_lease_is_left_to_its_worker(stack: Any) -> None:
    training_id = ask(stack, "s3://fraud-data/uploads/any.csv")
    table = TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")
    now = datetime.now(UTC)
    table.claim(training_id, "somebody-else", now, now + timedelta(minutes=5))
    assert len(stack.train()["batchItemFailures"]) == 1
    assert training(stack, training_id)["attempts"] == 1
