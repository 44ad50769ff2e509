"""The trainer over moto, with real SQS events: trains, ends bad datasets, loses no message."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud_cli.sampling import write_sample
from fraud_training import ending, job
from fraud_training.registry import ModelRegistry

SUCCESS: dict[str, Any] = {"batchItemFailures": []}
RAW = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 181000.0,
}


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


def test_a_training_that_needs_more_memory_than_there_is_ends_as_error(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()
    monkeypatch.setattr(job, "fit", lambda *_: bytearray(1 << 46))
    assert [len(stack.deliver(records)["batchItemFailures"]) for _ in range(4)] == [1, 1, 0, 0]
    ended = training(stack, training_id)
    assert (ended["status"], ended["attempts"]) == ("error", 3)


def test_a_retry_after_the_registration_decides_on_the_registered_model(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()
    release = ModelRegistry.release

    def broken(*_: Any) -> None:
        raise RuntimeError("the worker fell over")

    monkeypatch.setattr(ModelRegistry, "release", broken)
    assert stack.deliver(records)["batchItemFailures"]
    monkeypatch.setattr(ModelRegistry, "release", release)
    monkeypatch.setattr(job, "fit", broken)  # it is not fitted again
    assert stack.deliver(records) == SUCCESS
    done = training(stack, training_id)
    assert done["status"] == "processed", done["error"]
    assert done["decision"]["promote"] is True
    assert enabled(stack) == done["model"]
    models = boto3.client("dynamodb").scan(TableName="ModelsTable")["Items"]
    assert sum(item["pk"]["S"] == "model" for item in models) == 1


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


def test_a_training_on_lease_is_left_to_its_worker_until_that_runs_out(
    stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack, "s3://fraud-data/uploads/any.csv")
    now = datetime.now(UTC)
    claimed().claim(training_id, "somebody-else", now, now + timedelta(minutes=5))
    hidden: list[int] = []
    monkeypatch.setattr(TrainingQueue, "retry_after", lambda _, __, s: hidden.append(s))
    assert len(stack.train()["batchItemFailures"]) == 1
    assert training(stack, training_id)["attempts"] == 1
    # It stays hidden: to come back sooner would only spend the message's five tries.
    assert hidden == []


def test_workers_that_die_without_a_word_are_replaced_three_times(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    for attempt in range(3):
        claimed().claim(training_id, f"died-{attempt}", long_ago, long_ago + timedelta(seconds=1))
        long_ago += timedelta(minutes=1)
    assert stack.deliver(records) == SUCCESS
    ended = training(stack, training_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "worker_lost")
    assert "3 times" in ended["error"]["message"]


def claimed() -> TrainingsTable:
    return TrainingsTable(boto3.client("dynamodb"), "TrainingsTable")


@pytest.fixture(scope="session")
def easier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("easier") / "easier.csv"
    write_sample(path, 4_000, seed=13, fraud_rate=0.2)
    return path


def trained(stack: Any, link: str, **options: Any) -> dict[str, Any]:
    training_id = ask(stack, link, **options)
    assert stack.train() == SUCCESS
    ended = training(stack, training_id)
    assert ended["status"] == "processed", ended["error"]
    return ended


def enabled(stack: Any) -> str:
    return str(stack.call("health", "GET", "/api/v1/model/healthy").body["modelname"])


def registered(name: str) -> Any:
    return ModelsTable(boto3.client("dynamodb"), "ModelsTable").get(name)


def break_model(name: str) -> None:
    key = f"models/{name}/model.onnx"
    boto3.client("s3").put_object(Bucket="fraud-data", Key=key, Body=b"\x08\x09 not a model")


def test_the_same_file_again_is_a_tie_that_changes_nothing(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    link = put_dataset(sample)
    first, second = trained(stack, link), trained(stack, link)
    assert first["decision"]["reasons"] == ["it is the first model"]
    decision = second["decision"]
    assert decision["promote"] is False
    assert f"is not higher than {first['metrics']['f1']:.4f}" in decision["reasons"][0]
    compared = decision["comparison"]
    assert (compared["basis"], compared["champion"]) == ("same held-out rows", first["model"])
    assert (compared["difference"], compared["interval"]) == (0, [0, 0])
    assert compared["rows"] == pytest.approx(8_000, rel=0.05)
    assert enabled(stack) == first["model"]


def test_a_better_model_takes_over_and_says_why(
    stack: Any, sample: Path, easier: Path, put_dataset: Callable[[Path], str]
) -> None:
    first = trained(stack, put_dataset(sample))
    second = trained(stack, put_dataset(easier))
    decision = second["decision"]
    assert decision["promote"] is True, decision
    assert enabled(stack) == second["model"]
    assert (
        f"is higher than {decision['comparison']['champion_value']:.4f}" in decision["reasons"][0]
    )
    assert decision["comparison"]["basis"] == "same held-out rows"
    assert decision["decided_by"] == "tests"
    assert datetime.fromisoformat(decision["decided_at"]).tzinfo
    assert registered(second["model"]).decision == decision
    assert registered(first["model"]).state == "archived"
    card = json.loads(
        boto3.client("s3")
        .get_object(Bucket="fraud-data", Key=f"models/{second['model']}/card.json")["Body"]
        .read()
    )
    assert card["evaluation"]["champion_comparison"] == decision["comparison"]


def test_a_broken_champion_is_compared_by_its_card(
    stack: Any, sample: Path, easier: Path, put_dataset: Callable[[Path], str]
) -> None:
    first = trained(stack, put_dataset(sample))
    break_model(first["model"])
    decision = trained(stack, put_dataset(easier))["decision"]
    assert decision["comparison"]["basis"] == "own cards"
    assert decision["comparison"]["champion_value"] == first["metrics"]["f1"]
    assert "model.onnx was altered" in decision["reasons"][1]
    assert decision["promote"] is True


def test_a_model_whose_stored_files_are_broken_is_never_enabled(
    stack: Any,
    sample: Path,
    put_dataset: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register = ModelRegistry.register

    def registered_and_broken(self: ModelRegistry, *args: Any) -> Any:
        made = register(self, *args)
        break_model(made.record.name)
        return made

    monkeypatch.setattr(ModelRegistry, "register", registered_and_broken)
    decision = trained(stack, put_dataset(sample))["decision"]
    assert decision["promote"] is False
    assert "its artifacts cannot be served: model.onnx was altered" in decision["reasons"][0]
    assert stack.call("health", "GET", "/api/v1/model/healthy").status == 503


def test_a_candidate_asked_for_stays_one_and_keeps_its_comparison(
    stack: Any, sample: Path, easier: Path, put_dataset: Callable[[Path], str]
) -> None:
    first = trained(stack, put_dataset(sample))
    second = trained(stack, put_dataset(easier), promote="never")
    assert second["decision"]["reasons"] == ["the request said promote: never"]
    assert second["decision"]["comparison"]["difference"] > 0
    assert registered(second["model"]).state == "candidate"
    assert enabled(stack) == first["model"]


def test_a_retry_after_the_release_ends_with_the_released_model(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training_id = ask(stack, put_dataset(sample))
    records = stack.queued()
    finish = ending._processed

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the worker fell over")

    monkeypatch.setattr(ending, "_processed", broken)
    assert stack.deliver(records)["batchItemFailures"]
    released = enabled(stack)
    monkeypatch.setattr(ending, "_processed", finish)
    assert stack.deliver(records) == SUCCESS
    done = training(stack, training_id)
    assert (done["status"], done["model"]) == ("processed", released)
    assert done["decision"]["promote"] is True
    assert enabled(stack) == released
    # What is stored is still what is registered: a new process can load it.
    answer = stack.call("predict", "POST", "/api/v1/model/predict", RAW)
    assert answer.status == 200, answer.body


def test_the_policy_of_the_request_sets_the_threshold(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str]
) -> None:
    policy = {"name": "target_alert_rate", "target": 0.05}
    done = trained(stack, put_dataset(sample), policy=policy)
    record = registered(done["model"])
    assert (record.policy.name, record.policy.target) == ("target_alert_rate", 0.05)
    assert done["metrics"]["alert_rate"] == pytest.approx(0.05, abs=0.02)


def test_a_trainings_release_is_in_the_history_with_its_reasons(
    stack: Any, sample: Path, easier: Path, put_dataset: Callable[[Path], str]
) -> None:
    first = trained(stack, put_dataset(sample))
    second = trained(stack, put_dataset(easier))
    (entry,) = stack.call("models", "GET", f"/api/v1/models/{second['model']}").body["history"]
    assert (entry["action"], entry["by"], entry["other"]) == ("release", "tests", first["model"])
    assert entry["reason"] == "; ".join(second["decision"]["reasons"])
    archived, released = stack.call("models", "GET", f"/api/v1/models/{first['model']}").body[
        "history"
    ]
    assert (released["reason"], archived["reason"]) == ("it is the first model", entry["reason"])
    path = f"/api/v1/models/{second['model']}/compare/{first['model']}"
    found = stack.call("models", "GET", path).body
    assert found["held_out"]["difference"] == second["decision"]["comparison"]["difference"]


def test_a_retry_after_the_release_does_not_undo_a_rollback(
    stack: Any,
    sample: Path,
    easier: Path,
    put_dataset: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = trained(stack, put_dataset(sample))
    training_id = ask(stack, put_dataset(easier))
    records = stack.queued()
    finish = ending._processed

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the worker fell over")

    monkeypatch.setattr(ending, "_processed", broken)
    assert stack.deliver(records)["batchItemFailures"]
    assert enabled(stack) != first["model"]
    back = stack.call("registry", "POST", "/api/v1/models/rollback", {"reason": "it is worse"})
    assert back.status == 200, back.body
    monkeypatch.setattr(ending, "_processed", finish)
    assert stack.deliver(records) == SUCCESS
    assert enabled(stack) == first["model"]
    decision, name = (training(stack, training_id)[field] for field in ("decision", "model"))
    history = stack.call("models", "GET", f"/api/v1/models/{name}").body["history"]
    released = next(entry for entry in history if entry["action"] == "release")
    assert (decision["promote"], decision["reasons"]) == (True, [released["reason"]])
