"""Idempotency-Key over moto, through the real handlers: one effect, and one answer to all."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from fraud.adapters import answers_table, aws_clients
from fraud.services import trainings as training_service
from fraud_cli.sampling import write_sample

TRAINING = "/api/v1/training"
PREDICT = "/api/v1/model/predict"
BATCH = "/api/v1/model/predict/batch"
REQUEST = {"dataset": "https://data.example.com/transactions.csv"}
TRANSACTION = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 181000.0,
}

# The table of answers has a client of its own.
DYNAMODB = (aws_clients.dynamodb_client, aws_clients.prompt_dynamodb_client)

type Raw = dict[str, Any]


class Sender:
    """Sends requests to one function, as often as is asked, and gives raw answers."""

    def __init__(self, stack: Any, function: str, path: str) -> None:
        self.stack, self.path = stack, path
        self.module: ModuleType = stack.function(function)

    def __call__(
        self,
        body: Any,
        key: str | None = "key-1",
        *,
        path: str | None = None,
        remaining_ms: int = 20_000,
        **how: Any,
    ) -> Raw:
        headers = {} if key is None else {"Idempotency-Key": key}
        event = self.stack.event("POST", path or self.path, body, headers=headers, **how)
        return self.send(event, remaining_ms)

    def send(self, event: Raw, remaining_ms: int = 20_000) -> Raw:
        return dict(self.module.handler(event, self.stack.context(remaining_ms)))


def header(answer: Raw, name: str) -> str | None:
    found = {**answer.get("headers", {})}
    found |= {k: v[0] for k, v in answer.get("multiValueHeaders", {}).items()}
    return found.get(name)


def error_of(answer: Raw) -> tuple[int, str]:
    return answer["statusCode"], json.loads(answer["body"])["error"]["code"]


def assert_replay(again: Raw, first: Raw) -> None:
    """Status, body and headers are those of the first answer, and one header says so."""
    assert header(first, "Idempotency-Replayed") is None
    assert header(again, "Idempotency-Replayed") == "true"
    del again["multiValueHeaders"]["Idempotency-Replayed"]
    assert again == first


def rows(table: str) -> list[Raw]:
    return list(boto3.client("dynamodb").scan(TableName=table)["Items"])


def trainings() -> list[Raw]:
    return [item for item in rows("TrainingsTable") if item["id"]["N"] != "0"]


def refuse(operation: str, error: Exception, table: str = "IdempotencyTable") -> None:
    """Let an operation on one table fail before it is sent."""

    def fail(params: Raw, **_: Any) -> None:
        if params["TableName"] == table:
            raise error

    for client in DYNAMODB:
        client().meta.events.register(
            f"before-parameter-build.dynamodb.{operation}", fail, unique_id="refuse"
        )


def refuse_no_more(operation: str) -> None:
    for client in DYNAMODB:
        client().meta.events.unregister(
            f"before-parameter-build.dynamodb.{operation}", unique_id="refuse"
        )


@pytest.fixture
def train(stack: Any) -> Sender:
    return Sender(stack, "training", TRAINING)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    write_sample(path, 20_000, seed=3)
    return path


@pytest.fixture(scope="module")
def model() -> dict[str, Any]:
    """What the first training of this module left, for the tests after it."""
    return {}


@pytest.fixture
def predict(
    stack: Any, sample: Path, put_dataset: Callable[[Path], str], model: dict[str, Any]
) -> Sender:
    s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
    if not model:
        body = {"dataset": put_dataset(sample), "feature_set": "transaction"}
        stack.call("training", "POST", TRAINING, body)
        stack.train()
        listed = s3.list_objects_v2(Bucket="fraud-data", Prefix="models/")["Contents"]
        names = [entry["Key"] for entry in listed]
        read = {n: s3.get_object(Bucket="fraud-data", Key=n)["Body"].read() for n in names}
        model |= {"rows": rows("ModelsTable"), "files": read}
    for name, content in model["files"].items():
        s3.put_object(Bucket="fraud-data", Key=name, Body=content)
    for row in model["rows"]:
        dynamodb.put_item(TableName="ModelsTable", Item=row)
    return Sender(stack, "predict", PREDICT)


def test_a_repeated_training_request_starts_one_training(train: Sender) -> None:
    first = train(REQUEST)
    assert first["statusCode"] == 202
    assert header(first, "Location") == "/live/api/v1/training/1"
    for _ in range(2):
        assert_replay(train(REQUEST), first)
    assert len(trainings()) == 1
    assert len(train.stack.queued()) == 1


def test_repeated_predictions_are_logged_once(predict: Sender) -> None:
    first = predict(TRANSACTION)
    assert first["statusCode"] == 200
    assert_replay(predict(TRANSACTION), first)
    assert len(rows("PredictionsTable")) == 1
    batch = {"transactions": [{**TRANSACTION, "amount": float(n)} for n in range(1, 401)]}
    body = json.dumps({**batch, "reasons": True})
    first = predict(body, path=BATCH)
    assert len(json.loads(first["body"])["results"][399]["reasons"]) > 3
    logged = len(rows("PredictionsTable"))
    assert_replay(predict(body, path=BATCH), first)
    assert len(rows("PredictionsTable")) == logged


def test_without_the_header_everything_happens_again(train: Sender) -> None:
    boto3.client("dynamodb").delete_table(TableName="IdempotencyTable")
    bodies = [json.loads(train(REQUEST, None)["body"]) for _ in range(2)]
    assert bodies == [{"id": 1}, {"id": 2}]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({**REQUEST, "seed": 2}),
        json.dumps(REQUEST) + " ",
        json.dumps(REQUEST).replace(": ", ":"),
    ],
    ids=["other value", "trailing space", "other spacing"],
)
def test_another_body_with_the_same_key_is_refused(train: Sender, body: str) -> None:
    first = train(REQUEST)
    assert error_of(train(body)) == (422, "idempotency_key_reused")
    assert_replay(train(REQUEST), first)
    assert len(trainings()) == 1


def test_the_same_key_of_another_client_is_another_key(train: Sender) -> None:
    first = train(REQUEST, client="a", scopes="train")
    other = train({**REQUEST, "seed": 2}, client="b", scopes="train")
    assert [json.loads(a["body"])["id"] for a in (first, other)] == [1, 2]
    assert_replay(train(REQUEST, client="a", scopes="train"), first)


def test_the_same_key_on_another_route_is_another_key(predict: Sender) -> None:
    single = predict(TRANSACTION)
    batch = predict({"transactions": [TRANSACTION]}, path=BATCH)
    assert (single["statusCode"], batch["statusCode"]) == (200, 200)
    assert header(batch, "Idempotency-Replayed") is None


def test_routes_that_do_not_take_the_header_ignore_it(train: Sender) -> None:
    links = [train({}, path="/api/v1/datasets")["body"] for _ in range(2)]
    assert links[0] != links[1]
    assert rows("IdempotencyTable") == []


def test_after_a_refusal_the_key_works_again(train: Sender) -> None:
    for bad in ({}, {"dataset": "ftp://example.com/a.csv"}, '{"dataset":NaN}', '"\ud800"'):
        assert train(bad)["statusCode"] in {400, 422}
        assert rows("IdempotencyTable") == []
    assert train(REQUEST)["statusCode"] == 202


def test_after_a_failure_the_key_works_again(
    train: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(training_service.TrainingsTable, "register", _broken)
        assert error_of(train(REQUEST)) == (500, "internal")
    refuse("UpdateItem", _outage("UpdateItem"), "TrainingsTable")
    assert error_of(train(REQUEST)) == (503, "unavailable")
    refuse_no_more("UpdateItem")
    assert train(REQUEST)["statusCode"] == 202
    assert len(trainings()) == 1


def test_without_a_model_the_key_works_again_later(stack: Any) -> None:
    predict = Sender(stack, "predict", PREDICT)
    assert error_of(predict(TRANSACTION)) == (503, "no_model")
    assert rows("IdempotencyTable") == []


def test_fifty_at_once_start_one_training(train: Sender) -> None:
    answers = _at_once(50, lambda: train(REQUEST))
    _assert_one_effect(answers, 202)
    assert len(trainings()) == 1
    assert len(train.stack.queued()) == 1


def test_fifty_at_once_log_one_prediction(predict: Sender) -> None:
    answers = _at_once(50, lambda: predict(TRANSACTION))
    _assert_one_effect(answers, 200)
    assert len(rows("PredictionsTable")) == 1


def test_while_the_first_is_in_flight_others_are_told_to_wait(
    train: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    request_training = training_service.request_training

    def slowly(*args: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return request_training(*args)

    monkeypatch.setattr(training_service, "request_training", slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(train, REQUEST)
        assert begun.wait(10)
        early, other = train(REQUEST), train({**REQUEST, "seed": 2})
        go_on.set()
    assert error_of(early) == (409, "in_flight")
    assert int(header(early, "Retry-After") or 0) > 0
    assert error_of(other) == (422, "idempotency_key_reused")
    assert_replay(train(REQUEST), first.result())


@pytest.mark.parametrize(
    "key",
    [
        "",
        " ",
        "k" * 256,
        "a b",
        "a\r\nX-Injected: 1",
        "a\n",
        "k\u00e9y",
        "\u0661",
        "k\x00",
        "k\x7f",
    ],
)
def test_a_key_of_another_form_is_refused(train: Sender, key: str) -> None:
    answer = train(REQUEST, key)
    assert answer["statusCode"] == 400
    assert "Idempotency-Key" in json.loads(answer["body"])["error"]["message"]
    assert trainings() == []


@pytest.mark.parametrize("key", ["!", "~", "k" * 255, '{"a,b;c=\'"}'])
def test_any_visible_ascii_is_a_key(train: Sender, key: str) -> None:
    first = train(REQUEST, key)
    assert_replay(train(REQUEST, key), first)


def test_the_headers_name_has_any_case(train: Sender) -> None:
    answers = []
    for name in ("idempotency-key", "IDEMPOTENCY-KEY"):
        event = train.stack.event("POST", TRAINING, REQUEST, headers={name: "key-1"})
        answers.append(train.send(event))
    assert_replay(answers[1], answers[0])


def test_two_different_keys_are_refused(train: Sender) -> None:
    event = train.stack.event("POST", TRAINING, REQUEST, headers={"Idempotency-Key": "b"})
    event["multiValueHeaders"]["Idempotency-Key"] = ["a", "b"]
    assert error_of(train.send(event)) == (400, "bad_request")
    event["multiValueHeaders"]["Idempotency-Key"] = ["b", "b"]
    assert train.send(event)["statusCode"] == 202


def test_an_answer_is_kept_for_24_hours(train: Sender) -> None:
    train(REQUEST)
    (item,) = rows("IdempotencyTable")
    assert int(item["expiration"]["N"]) == pytest.approx(time.time() + 24 * 3600, abs=5)
    item["expiration"] = {"N": str(int(time.time()) - 1)}
    boto3.client("dynamodb").put_item(TableName="IdempotencyTable", Item=item)
    again = train(REQUEST)
    assert json.loads(again["body"]) == {"id": 2}
    assert_replay(train(REQUEST), again)


def test_a_request_that_died_frees_its_key(train: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(training_service, "request_training", _killed)
        with pytest.raises(SystemExit):
            train(REQUEST, remaining_ms=200)
    assert error_of(train(REQUEST)) == (409, "in_flight")
    time.sleep((200 + answers_table.GRACE_MS) / 1000 + 0.05)
    assert train(REQUEST)["statusCode"] == 202


@pytest.mark.parametrize("reason", ["missing", "throttled", "unreachable"])
def test_nothing_is_done_that_could_not_be_noted(train: Sender, reason: str) -> None:
    if reason == "missing":
        boto3.client("dynamodb").delete_table(TableName="IdempotencyTable")
    elif reason == "throttled":
        refuse("PutItem", _outage("PutItem"))
    else:
        refuse("PutItem", ConnectionClosedError(endpoint_url="https://dynamodb"))
    answer = train(REQUEST)
    assert error_of(answer) == (503, "unavailable")
    assert int(header(answer, "Retry-After") or 0) > 0
    assert trainings() == []
    assert train.stack.queued() == []


def test_what_was_done_is_answered_though_it_could_not_be_kept(predict: Sender) -> None:
    refuse("UpdateItem", _outage("UpdateItem"))
    assert predict(TRANSACTION)["statusCode"] == 200
    assert error_of(predict(TRANSACTION)) == (409, "in_flight")
    assert len(rows("PredictionsTable")) == 1


def test_a_refusal_is_answered_though_its_key_could_not_be_freed(train: Sender) -> None:
    refuse("DeleteItem", _outage("DeleteItem"))
    assert error_of(train({})) == (422, "invalid_value")


def test_an_answer_too_large_to_keep_is_given_and_not_made_again(
    train: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers_table, "MAX_KEPT_BYTES", 50)
    assert train(REQUEST)["statusCode"] == 202
    assert error_of(train(REQUEST)) == (409, "answer_not_kept")
    assert error_of(train({**REQUEST, "seed": 2})) == (422, "idempotency_key_reused")
    assert len(trainings()) == 1


def test_the_largest_batch_is_kept_and_replayed(predict: Sender, stack: Any) -> None:
    batch = [{**TRANSACTION, "amount": 181_000.37 * n, "step": n % 700 + 1} for n in range(1000)]
    first = predict({"transactions": batch, "reasons": True}, path=BATCH)
    assert len(first["body"]) > 800_000
    assert_replay(predict({"transactions": batch, "reasons": True}, path=BATCH), first)
    (item,) = rows("IdempotencyTable")
    assert len(item["data"]["S"]) < answers_table.MAX_KEPT_BYTES / 2


def test_a_lost_acknowledgement_is_not_taken_for_another_request(train: Sender) -> None:
    """The put is sent again after it was carried out, as botocore does when no answer came."""
    sent = []

    def lose_the_first(attempts: int, **_: Any) -> int | None:
        sent.append(attempts)
        return 0 if len(sent) == 1 else None

    train(REQUEST, "warm-up")
    events = aws_clients.prompt_dynamodb_client().meta.events
    events.register_first("needs-retry.dynamodb.PutItem", lose_the_first, unique_id="lose")
    first = train(REQUEST)
    events.unregister("needs-retry.dynamodb.PutItem", unique_id="lose")
    assert sent[:2] == [1, 2]  # the first put of a request is the one that notes its key
    assert first["statusCode"] == 202
    assert_replay(train(REQUEST), first)


def test_who_was_overtaken_neither_completes_nor_frees_the_others_key(
    train: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_training = training_service.request_training
    taken: list[Raw] = []

    def overtaken(*args: Any) -> Any:
        (item,) = rows("IdempotencyTable")
        taken.append({**item, "owner": {"S": "another"}})
        boto3.client("dynamodb").put_item(TableName="IdempotencyTable", Item=taken[0])
        return request_training(*args)

    monkeypatch.setattr(training_service, "request_training", overtaken)
    assert train(REQUEST)["statusCode"] == 202
    assert rows("IdempotencyTable") == taken


def test_nothing_but_hashes_and_the_answer_is_stored(train: Sender) -> None:
    key, client = "secret-key-c0ffee", "client-c0ffee"
    body = {"dataset": "https://data.example.com/c0ffee.csv"}
    train(body, key, client=client, scopes="train")
    (item,) = rows("IdempotencyTable")
    assert "c0ffee" not in json.dumps(item)
    assert set(item) == {
        *("id", "status", "expiration", "in_progress_expiration"),
        *("validation", "data", "owner"),
    }
    kept = answers_table._unpacked(json.loads(item["data"]["S"]))
    assert set(kept) == {"statusCode", "body", "isBase64Encoded", "multiValueHeaders"}
    assert "c0ffee" not in json.dumps(kept)


def _at_once(n: int, send: Callable[[], Raw]) -> list[Raw]:
    barrier = threading.Barrier(n)

    def wait_and_send(_: int) -> Raw:
        barrier.wait()
        return send()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(wait_and_send, range(n)))


def _assert_one_effect(answers: list[Raw], status: int) -> None:
    done = [a for a in answers if a["statusCode"] == status]
    assert len([a for a in done if header(a, "Idempotency-Replayed") is None]) == 1
    assert len({a["body"] for a in done}) == 1
    assert {error_of(a) for a in answers if a not in done} <= {(409, "in_flight")}


def _broken(*_: Any) -> None:
    raise RuntimeError("broken")


def _killed(*_: Any) -> None:
    raise SystemExit


def _outage(operation: str) -> ClientError:
    error = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}}
    return ClientError(error, operation)  # type: ignore[arg-type]
