"""Replays over moto, with real API Gateway and SQS events: what would a model have done?"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fraud.adapters.replays_table import ReplaysTable
from fraud.domain.model_cards import ONNX_FILE
from fraud_serving import replay_job, wiring

SUCCESS: dict[str, Any] = {"batchItemFailures": []}
PREDICT = "/api/v1/model/predict"
BATCH = f"{PREDICT}/batch"
TRANSACTION = {"day_of_month": 3, "type": "TRANSFER", "amount_log": 12.0, "amount_dest": 0.0}
USUAL = {**TRANSACTION, "type": "PAYMENT", "amount_log": 3.0}
RAW = {"step": 97, "type": "TRANSFER", "amount": 181000.0}
HOUR = timedelta(hours=1)
RESOURCE = "/api/v1/models/{name}/replay"


class Killed(BaseException):
    """A worker's end without a word: no handler of ours catches it."""


@pytest.fixture
def pair(stack: Any, release: Callable[..., Any]) -> Any:
    """`second` was replaced, and so is archived; `first` is enabled, and answers."""
    release("second", version=2)
    release("first")
    wiring.champion().look_again()
    return stack


def predict(stack: Any, n: int = 3) -> list[str]:
    body = {"transactions": [TRANSACTION, *[USUAL] * (n - 1)]}
    answer = stack.call("predict", "POST", BATCH, body)
    assert answer.status == 200, answer.body
    return [result["prediction_id"] for result in answer.body["results"]]


def label(stack: Any, prediction_id: str, is_fraud: bool) -> None:
    path = f"/api/v1/predictions/{prediction_id}/label"
    assert stack.call("predictions", "POST", path, {"is_fraud": is_fraud}).status == 200


def window(since: timedelta = HOUR, until: timedelta = -HOUR) -> dict[str, str]:
    now = datetime.now(UTC)
    return {"from": (now - since).isoformat(), "to": (now - until).isoformat()}


def ask(stack: Any, name: str = "second", body: Any = None, **how: Any) -> Any:
    path = f"/api/v1/models/{name}/replay"
    return stack.call("replays", "POST", path, body or window(), resource=RESOURCE, **how)


def asked(stack: Any, name: str = "second", body: Any = None) -> int:
    answer = ask(stack, name, body)
    assert answer.status == 202, answer.body
    return int(answer.body["id"])


def work(stack: Any, records: Any = None, **context: Any) -> Any:
    records = records or stack.queued(stack.replay_queue_url)
    assert records
    return stack.deliver(records, "replayer", **context)


def replay(stack: Any, replay_id: int) -> dict[str, Any]:
    return dict(stack.call("replays", "GET", f"/api/v1/replays/{replay_id}").body)


def test_a_replay_says_what_the_model_would_have_answered(pair: Any) -> None:
    first, *others = predict(pair, 4)
    label(pair, first, True)
    label(pair, others[0], False)
    answer = ask(pair)
    assert (answer.status, answer.headers["Location"]) == (202, "/live/api/v1/replays/1")
    queued = replay(pair, 1)
    assert (queued["status"], queued["progress"], "result" in queued) == ("pending", 0, False)
    assert work(pair) == SUCCESS
    done = replay(pair, 1)
    assert (done["status"], done["progress"], done["model"]) == ("processed", 1, "second")
    result = done["result"]
    # The same model under another name.
    assert (result["rows"], result["left_out"], result["answered_by"]) == (4, 0, {"first": 4})
    assert (result["same_is_fraud"], result["same_outcome"], result["mean_shift"]) == (1, 1, 0)
    assert result["alerts"]["answered"] == result["alerts"]["replayed"]
    assert (result["labels"], result["frauds"]) == (2, 1)
    assert result["by_labels"]["answered"] == result["by_labels"]["replayed"]
    assert "second" in result["summary"][0]


def test_the_label_that_counts_is_the_latest(pair: Any) -> None:
    first, *_ = predict(pair)
    label(pair, first, True)
    label(pair, first, False)
    replay_id = asked(pair)
    work(pair)
    result = replay(pair, replay_id)["result"]
    assert (result["labels"], result["frauds"]) == (1, 0)


def test_the_log_is_scored_with_the_models_own_policy_and_what_was_answered_stays(
    pair: Any,
) -> None:
    predict(pair)
    table = boto3.client("dynamodb")
    table.update_item(
        TableName="ModelsTable",
        Key={"pk": {"S": "model"}, "sk": {"S": "second"}},
        UpdateExpression="SET policy.threshold = :all, policy.review = :all, policy.#b = :all",
        ExpressionAttributeNames={"#b": "block"},
        ExpressionAttributeValues={":all": {"N": "0"}},
    )
    before = table.scan(TableName="PredictionsTable")["Items"]
    replay_id = asked(pair)
    work(pair)
    result = replay(pair, replay_id)["result"]
    assert result["alerts"]["replayed"] == result["rows"] == 3
    assert sum(row["block"] for row in result["outcomes"].values()) == 3
    assert table.scan(TableName="PredictionsTable")["Items"] == before


def test_transactions_that_lack_an_input_are_left_out_and_said_why(pair: Any) -> None:
    sent = pair.call("predict", "POST", PREDICT, {**RAW, "oldbalanceDest": 0, "newbalanceDest": 1})
    assert sent.status == 200, sent.body
    card = boto3.client("s3").get_object(Bucket="fraud-data", Key="models/second/card.json")
    assert json.loads(card["Body"].read())["feature_set"]["name"] == "basic"
    strip_inputs({"newbalanceDest"})
    predict(pair, 2)
    replay_id = asked(pair)
    work(pair)
    result = replay(pair, replay_id)["result"]
    assert (result["rows"], result["left_out"]) == (2, 1)
    assert result["left_out_because"] == {"newbalanceDest is missing": 1}


def strip_inputs(names: set[str]) -> None:
    """Take fields out of the one logged prediction, as another feature set would have left them."""
    table = boto3.client("dynamodb")
    (item,) = table.scan(TableName="PredictionsTable")["Items"]
    body = json.loads(item["body"]["B"])
    body["inputs"] = {k: v for k, v in body["inputs"].items() if k not in names}
    item["body"] = {"B": json.dumps(body).encode()}
    table.put_item(TableName="PredictionsTable", Item=item)


def test_an_empty_window_ends_with_nothing(pair: Any) -> None:
    replay_id = asked(pair, body=window(2 * HOUR, HOUR))
    assert work(pair) == SUCCESS
    done = replay(pair, replay_id)
    assert (done["status"], done["result"]["rows"]) == ("processed", 0)
    assert done["result"]["summary"] == ["Nothing was predicted in that time."]


def test_predictions_outside_of_the_window_do_not_count(pair: Any) -> None:
    predict(pair)
    between = datetime.now(UTC).isoformat()
    predict(pair, 2)
    replay_id = asked(pair, body={**window(), "from": between})
    work(pair)
    assert replay(pair, replay_id)["result"]["rows"] == 2


BAD_WINDOWS: list[tuple[dict[str, Any], str]] = [
    ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
    ({"from": "2999-01-01T00:00:00Z", "to": "2999-01-02T00:00:00Z"}, "from"),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:01Z"}, "to"),
    ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "from"),
    ({"from": "2026-01-01", "to": "2026-01-02T00:00:00Z"}, "from"),
    ({"from": "2026-01-01T00:00:00Z"}, "to"),
    ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "policy": 1}, "policy"),
    ({"since": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}, "from"),
]


def test_a_window_that_cannot_be_is_refused(pair: Any) -> None:
    for body, field in BAD_WINDOWS:
        answer = ask(pair, body=body)
        assert answer.status == 422, (body, answer.body)
        assert field in {f["field"] for f in answer.body["error"]["fields"]}, body
    assert pair.queued(pair.replay_queue_url) == []


def test_what_is_unknown_is_not_found(pair: Any) -> None:
    for name in ("nobody", "..", "a%2Fb"):
        assert ask(pair, name).status == 404
    for replay_id in ("7", "0", "-1", "x", "1e3"):
        answer = pair.call("replays", "GET", f"/api/v1/replays/{replay_id}")
        assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")


def test_the_same_request_with_the_same_key_is_one_replay(pair: Any) -> None:
    body = window()
    answers = [ask(pair, body=body, headers={"Idempotency-Key": "key-1"}) for _ in range(2)]
    assert [a.body for a in answers] == [{"id": 1}, {"id": 1}]
    assert len(pair.queued(pair.replay_queue_url)) == 1


def test_replays_are_listed_newest_first_without_results(pair: Any) -> None:
    asked(pair)
    asked(pair, "first")
    work(pair)
    page = pair.call("replays", "GET", "/api/v1/replays", query={"limit": "1"}).body
    assert [(r["id"], r["model"], "result" in r) for r in page["replays"]] == [(2, "first", False)]
    rest = pair.call("replays", "GET", "/api/v1/replays", query={"next": page["next"]}).body
    assert [r["id"] for r in rest["replays"]] == [1]


def test_a_message_delivered_twice_counts_nothing_twice(pair: Any) -> None:
    predict(pair)
    replay_id = asked(pair)
    records = pair.queued(pair.replay_queue_url)
    assert work(pair, records) == SUCCESS
    done = replay(pair, replay_id)
    assert work(pair, records) == SUCCESS
    assert replay(pair, replay_id) == done


def test_a_replay_on_lease_is_left_to_its_worker(pair: Any) -> None:
    replay_id = asked(pair)
    now = datetime.now(UTC)
    table = ReplaysTable(boto3.client("dynamodb"), "ReplaysTable")
    table.claim(replay_id, "somebody else", now, now + 5 * HOUR)
    assert len(work(pair)["batchItemFailures"]) == 1
    # Not sooner than its visibility timeout.
    assert pair.queued(pair.replay_queue_url) == []


def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request at a time, and every place written down."""
    monkeypatch.setattr(replay_job, "ROWS_AT_ONCE", 1)
    monkeypatch.setattr(replay_job, "SAVE_EVERY_S", 0.0)


def test_a_window_larger_than_a_run_goes_on_in_further_messages(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        predict(pair)
    small_steps(monkeypatch)
    real = replay_job.count_again

    def slow(*args: Any) -> None:
        real(*args)
        monkeypatch.setattr(replay_job, "MARGIN_S", float("inf"))  # there is no time for more

    monkeypatch.setattr(replay_job, "count_again", slow)
    replay_id = asked(pair)
    runs, seen = 0, [0.0]
    while replay(pair, replay_id)["status"] != "processed":
        monkeypatch.setattr(replay_job, "MARGIN_S", 20.0)
        records = pair.queued(pair.replay_queue_url)
        assert len(records) == 1
        assert work(pair, records) == SUCCESS
        seen.append(replay(pair, replay_id)["progress"])
        runs += 1
    assert runs == 7  # one for each request, and the last finds no more
    assert seen == sorted(seen)
    assert replay(pair, replay_id)["result"]["rows"] == 18
    assert pair.queued(pair.replay_queue_url) == []


def test_a_killed_worker_is_taken_over_and_nothing_is_counted_twice(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        predict(pair)
    small_steps(monkeypatch)
    replay_id = asked(pair)
    records = pair.queued(pair.replay_queue_url)
    real, steps = replay_job.count_again, 0

    def dying(*args: Any) -> None:
        nonlocal steps
        real(*args)
        steps += 1
        if steps == 4:
            raise Killed

    monkeypatch.setattr(replay_job, "count_again", dying)
    with pytest.raises(Killed):
        work(pair, records)
    dead = replay(pair, replay_id)
    assert (dead["status"], 0 < dead["progress"] < 1) == ("processing", True)
    assert len(work(pair, records)["batchItemFailures"]) == 1  # still on lease
    expire_lease(replay_id)
    assert work(pair, records) == SUCCESS
    done = replay(pair, replay_id)
    assert (done["status"], done["result"]["rows"]) == ("processed", 18)
    assert steps == 7  # the step that was not written down is done again, no other


def expire_lease(replay_id: int) -> None:
    boto3.client("dynamodb").update_item(
        TableName="ReplaysTable",
        Key={"id": {"N": str(replay_id)}},
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": {"S": "2000-01-01T00:00:00.000000+00:00"}},
    )


def test_a_straggler_whose_lease_ran_out_changes_nothing(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(pair)
    replay_id = asked(pair)
    records = pair.queued(pair.replay_queue_url)
    real = replay_job.count_again

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(replay_job, "count_again", real)
        real(*args)
        expire_lease(replay_id)
        assert work(pair, records) == SUCCESS

    monkeypatch.setattr(replay_job, "count_again", overtaken)
    assert work(pair, records) == SUCCESS
    assert replay(pair, replay_id)["result"]["rows"] == 3


def test_a_model_whose_file_was_altered_ends_in_an_error_that_says_so(pair: Any) -> None:
    replay_id = asked(pair)
    key = f"models/second/{ONNX_FILE}"
    boto3.client("s3").put_object(Bucket="fraud-data", Key=key, Body=b"altered")
    assert work(pair) == SUCCESS
    ended = replay(pair, replay_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "artifact_rejected")
    assert f"{ONNX_FILE} of second was altered" in ended["error"]["message"]
    assert "result" not in ended


def test_what_keeps_failing_ends_as_an_error_without_details(
    pair: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(pair)
    replay_id = asked(pair)
    records = pair.queued(pair.replay_queue_url)

    def broken(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(replay_job, "count_again", broken)
    outcomes = [work(pair, records) for _ in range(3)]
    assert [len(o["batchItemFailures"]) for o in outcomes] == [1, 1, 0]
    ended = replay(pair, replay_id)
    assert (ended["status"], ended["error"]["code"]) == ("error", "internal")
    assert "secret" not in ended["error"]["message"]


def test_a_message_that_is_not_ours_is_given_back_alone(stack: Any) -> None:
    for body in ("{}", "[]", '{"replay_id": 0}', '{"training_id": 1}'):
        boto3.client("sqs").send_message(QueueUrl=stack.replay_queue_url, MessageBody=body)
        (record,) = stack.queued(stack.replay_queue_url)
        failed = {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
        assert work(stack, [record]) == failed


def test_a_replay_that_nobody_could_queue_or_end_is_not_called_accepted(
    pair: Any, break_once_registered: Callable[[], None]
) -> None:
    """No sweeper looks after replays: 202 would promise what nobody does."""
    pair.call("replays", "GET", "/api/v1/replays")
    break_once_registered()
    answer = ask(pair)
    assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
    assert "Retry-After" in answer.headers
