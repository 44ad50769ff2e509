"""The prediction log over moto: read one by one, by its owner only; labelled, repeatably."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import boto3
import pytest

from fraud.adapters.labels import Labels
from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions

PATH = "/api/v1/predictions"
REASON = {
    "feature": "amount_log",
    "value": 12.5,
    "contribution": 1.5,
    "text": "amount_log of 12.50 raises the odds of fraud 4.48 times",
}
type Log = Callable[..., LoggedPredictions]


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def log(stack: Any) -> Log:
    """Writes the predictions of one request, as predict does."""

    def write(
        n: int | None = None,
        *,
        at: datetime | None = None,
        client: str = "shop",
        keep: timedelta = timedelta(days=30),
        **changes: Any,
    ) -> LoggedPredictions:
        rows = n or 1
        moment = at or an_hour_ago()
        predictions = LoggedPredictions(
            id=PredictionId.new(moment),
            at=moment,
            client=client,
            request_id="request-7",
            model_name=changes.get("model_name", "first"),
            model_version=3,
            threshold=0.5,
            latency_ms=1.25,
            indexes=None if n is None else list(range(n)),
            inputs={"type": ["TRANSFER"] * rows, "amount": [float(i) for i in range(rows)]},
            features={"type": ["TRANSFER"] * rows, "amount_log": [12.5] * rows},
            log_odds=[2.0] * rows,
            probability=changes.get("probability", [0.9] * rows),
            risk_score=[990] * rows,
            outcome=changes.get("outcome", ["block"] * rows),
            reasons=changes.get("reasons"),
        )
        PredictionsTable(boto3.client("dynamodb"), "PredictionsTable", keep).put(predictions)
        return predictions

    return write


def get(stack: Any, prediction_id: object, client: str = "shop", scopes: str = "read") -> Any:
    return stack.call("predictions", "GET", f"{PATH}/{prediction_id}", client=client, scopes=scopes)


def label(
    stack: Any,
    prediction_id: object,
    body: Any,
    client: str = "shop",
    scopes: str = "predict",
    **how: Any,
) -> Any:
    path = f"{PATH}/{prediction_id}/label"
    return stack.call("predictions", "POST", path, body, client=client, scopes=scopes, **how)


def test_a_prediction_is_read_whole(stack: Any, log: Log) -> None:
    made = log(reasons=[[REASON]])
    answer = get(stack, made.id)
    assert answer.status == 200
    at = answer.body.pop("at")
    assert datetime.fromisoformat(at) == made.at
    assert answer.body == {
        "prediction_id": str(made.id),
        "client": "shop",
        "request_id": "request-7",
        "transaction": {"type": "TRANSFER", "amount": 0.0},
        "features": {"type": "TRANSFER", "amount_log": 12.5},
        "log_odds": 2.0,
        "probability": 0.9,
        "risk_score": 990,
        "outcome": "block",
        "threshold": 0.5,
        "is_fraud": True,
        "model": {"name": "first", "version": 3},
        "reasons": [REASON],
        "latency_ms": 1.25,
        "label": None,
        "labels": [],
        "shadow": None,
    }


@pytest.mark.parametrize("index", [0, 1, 17, 250, 999])
def test_every_member_of_a_batch_is_read_by_its_own_id(stack: Any, log: Log, index: int) -> None:
    made = log(1000)
    member = made.id.member(index)
    label(stack, member, {"is_fraud": False})
    body = get(stack, member).body
    assert (body["prediction_id"], body["transaction"]["amount"]) == (str(member), float(index))
    assert (body["reasons"], body["label"]["is_fraud"]) == (None, False)


def test_a_batchs_own_id_says_to_ask_for_a_member(stack: Any, log: Log) -> None:
    made = log(3)
    answer = get(stack, made.id)
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    assert f"{made.id}-0" in answer.body["error"]["message"]
    assert get(stack, made.id.member(3)).status == 404


def test_anothers_prediction_is_not_found_exactly_like_an_unknown_one(stack: Any, log: Log) -> None:
    for made, unknown in (
        (log().id, PredictionId.new(an_hour_ago())),
        (log(2).id.member(1), PredictionId.new(an_hour_ago()).member(1)),
    ):
        for call in (get, lambda *a, **how: label(*a, {"is_fraud": True}, **how)):
            theirs, none = call(stack, made, client="b"), call(stack, unknown, client="b")
            assert (theirs.status, none.status) == (404, 404)
            message = theirs.body["error"]["message"].replace(str(made), str(unknown))
            assert {**theirs.body["error"], "message": message} == none.body["error"]
        assert get(stack, made).body["labels"] == []
        assert get(stack, made, client="root", scopes="admin").status == 200


def test_an_expired_prediction_is_gone_before_it_is_deleted(stack: Any, log: Log) -> None:
    made = log(keep=timedelta(minutes=30))
    assert get(stack, made.id).status == 404
    assert label(stack, made.id, {"is_fraud": True}).status == 404
    assert len(boto3.client("dynamodb").scan(TableName="PredictionsTable")["Items"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "pr_1", "x", "PR_01M82MVDB1C5ZZ0VMYJFYDCW1H", "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H-1000",
        "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H-01", "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H-",
        "pr_01M82MVDB1C5ZZ0VMYJFYDCW1U", "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H%00",
        "pr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
    ],
)  # fmt: skip
def test_what_is_no_id_is_named(stack: Any, text: str) -> None:
    for answer in (get(stack, text), label(stack, text, {"is_fraud": True})):
        assert (answer.status, answer.body["error"]["field"]) == (422, "prediction_id")


def test_a_label_is_kept_and_shown(stack: Any, log: Log) -> None:
    made = log()
    labelled_at = made.at + timedelta(minutes=5)
    body = {"is_fraud": True, "labelled_at": labelled_at.isoformat()}
    answer = label(stack, made.id, body)
    assert answer.status == 200
    assert (answer.body["prediction_id"], answer.body["labels"]) == (str(made.id), 1)
    kept = answer.body["label"]
    assert (kept["is_fraud"], kept["client"]) == (True, "shop")
    assert datetime.fromisoformat(kept["labelled_at"]) == labelled_at
    arrived = datetime.fromisoformat(kept["received_at"])
    assert timedelta(0) <= datetime.now(UTC) - arrived < timedelta(minutes=1)
    shown = get(stack, made.id).body
    assert (shown["label"], shown["labels"]) == (kept, [kept])


@pytest.mark.parametrize("timed", [True, False])
def test_the_same_label_again_changes_nothing(stack: Any, log: Log, timed: bool) -> None:
    made = log(2)
    member = made.id.member(1)
    body: dict[str, Any] = {"is_fraud": True}
    if timed:
        body["labelled_at"] = (made.at + timedelta(minutes=5)).isoformat()
    answers = [label(stack, member, body) for _ in range(3)]
    assert answers[0].body == answers[1].body == answers[2].body
    assert len(get(stack, member).body["labels"]) == 1
    # The same moment in another zone is the same moment.
    if timed:
        zone = datetime.fromisoformat(body["labelled_at"]).isoformat().replace("+00:00", "Z")
        assert label(stack, member, {**body, "labelled_at": zone}).body == answers[0].body


@pytest.mark.parametrize("timed", [True, False])
def test_the_same_label_twice_at_once_is_one(
    stack: Any, log: Log, timed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = log()
    found_out = {"labelled_at": (made.at + timedelta(minutes=5)).isoformat()} if timed else {}
    both_have_read, read = Barrier(2, timeout=10), Labels.of

    def together(labels: Labels, prediction_id: PredictionId) -> list[Any]:
        known = read(labels, prediction_id)
        if not known:
            both_have_read.wait()
        return known

    body = {"is_fraud": True, **found_out}
    with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(Labels, "of", together)
        answers = [*pool.map(lambda _: label(stack, made.id, body), range(2))]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    assert answers[0].body["labels"] == len(get(stack, made.id).body["labels"]) == 1


def test_different_labels_at_once_are_all_kept(stack: Any, log: Log) -> None:
    made = log()
    bodies = [
        {"is_fraud": True, "labelled_at": (made.at + timedelta(minutes=i)).isoformat()}
        for i in range(1, 6)
    ]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = [*pool.map(lambda body: label(stack, made.id, body), bodies)]
    assert sorted(answer.body["labels"] for answer in answers) == [1, 2, 3, 4, 5]
    assert len(get(stack, made.id).body["labels"]) == 5


def test_a_correction_without_a_time_counts_after_a_clock_ahead(stack: Any, log: Log) -> None:
    made = log()
    ahead = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
    label(stack, made.id, {"is_fraud": True, "labelled_at": ahead})
    counts = [label(stack, made.id, {"is_fraud": False}).body["labels"] for _ in range(3)]
    assert counts == [2, 2, 2]
    assert get(stack, made.id).body["label"]["is_fraud"] is False


def test_a_retry_with_an_idempotency_key_gets_the_first_answer(stack: Any, log: Log) -> None:
    made = log()
    how = {
        "resource": f"{PATH}/{{prediction_id}}/label",
        "headers": {"Idempotency-Key": "chargeback-17"},
    }
    first = label(stack, made.id, {"is_fraud": True}, **how)
    assert label(stack, made.id, {"is_fraud": False}).body["labels"] == 2
    again = label(stack, made.id, {"is_fraud": True}, **how)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert label(stack, made.id, {"is_fraud": False}, **how).status == 422
    assert len(get(stack, made.id).body["labels"]) == 2


def test_another_label_is_added_and_the_latest_found_counts(stack: Any, log: Log) -> None:
    made = log(at=datetime.now(UTC) - timedelta(days=3))

    def at_day(day: int) -> str:
        return (made.at + timedelta(days=day)).isoformat()

    label(stack, made.id, {"is_fraud": True, "labelled_at": at_day(2)})
    label(stack, made.id, {"is_fraud": False, "labelled_at": at_day(1)})
    body = get(stack, made.id).body
    assert [each["is_fraud"] for each in body["labels"]] == [True, False]
    assert body["label"] == body["labels"][0]
    # Of two found at the same time, the one that came last.
    third = label(stack, made.id, {"is_fraud": False, "labelled_at": at_day(2)})
    assert third.body["labels"] == 3
    assert get(stack, made.id).body["label"] == third.body["label"]
    # Another client saying the same is another label.
    other = {"client": "office", "scopes": "admin"}
    again = label(stack, made.id, {"is_fraud": False, "labelled_at": at_day(2)}, **other)
    assert (again.body["labels"], again.body["label"]["client"]) == (4, "office")


def test_words_without_a_time_are_news_after_different_ones(stack: Any, log: Log) -> None:
    made = log()
    counts = [
        label(stack, made.id, {"is_fraud": fraud}).body["labels"]
        for fraud in (True, True, False, True)
    ]
    assert counts == [1, 1, 2, 3]
    assert [each["is_fraud"] for each in get(stack, made.id).body["labels"]] == [True, False, True]


@pytest.mark.parametrize(
    "offset", [timedelta(seconds=-2), timedelta(days=-400), timedelta(hours=2), timedelta(days=800)]
)
def test_a_label_from_before_the_prediction_or_the_future_is_refused(
    stack: Any, log: Log, offset: timedelta
) -> None:
    made = log()
    body = {"is_fraud": True, "labelled_at": (made.at + offset).isoformat()}
    answer = label(stack, made.id, body)
    assert (answer.status, answer.body["error"]["field"]) == (422, "labelled_at")
    assert get(stack, made.id).body["labels"] == []


def test_a_label_of_the_predictions_own_second_is_taken(stack: Any, log: Log) -> None:
    made = log(at=datetime.now(UTC).replace(microsecond=900_000) - timedelta(minutes=1))
    second = made.at.replace(microsecond=0).isoformat()
    assert label(stack, made.id, {"is_fraud": True, "labelled_at": second}).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "is_fraud"),
        ({"is_fraud": 1}, "is_fraud"),
        ({"is_fraud": "true"}, "is_fraud"),
        ({"is_fraud": None}, "is_fraud"),
        ({"is_fraud": True, "client": "x"}, "client"),
        ({"is_fraud": True, "labelled_at": 1_700_000_000}, "labelled_at"),
        ({"is_fraud": True, "labelled_at": "2026-11-22"}, "labelled_at"),
        ({"is_fraud": True, "labelled_at": "2026-11-22T20:00:00"}, "labelled_at"),
        ({"is_fraud": True, "labelled_at": "2026-02-30T20:00:00Z"}, "labelled_at"),
        ({"is_fraud": True, "labelled_at": "0001-01-01T00:00:00+23:59"}, "labelled_at"),
    ],
)
def test_a_bad_label_names_its_field(stack: Any, log: Log, body: Any, field: str) -> None:
    answer = label(stack, log().id, body)
    assert (answer.status, answer.body["error"]["field"]) == (422, field)


def test_labels_go_with_their_prediction(stack: Any, log: Log) -> None:
    made = log(keep=timedelta(days=9))
    label(stack, made.id, {"is_fraud": True})
    items = boto3.client("dynamodb").scan(TableName="PredictionsTable")["Items"]
    assert len(items) == 2
    assert len({item["expires_at"]["N"] for item in items}) == 1


def test_labels_are_found_by_the_time_they_arrived(stack: Any, log: Log) -> None:
    before = datetime.now(UTC)
    made = [log(probability=[0.25], outcome=["review"]) for _ in range(20)]
    members = log(3)
    for each in (*(m.id for m in made), members.id.member(2)):
        assert label(stack, each, {"is_fraud": True}).status == 200
    after = datetime.now(UTC) + timedelta(milliseconds=1)
    labels = Labels(boto3.client("dynamodb"), "PredictionsTable")
    arrived = list(labels.labels_arrived(before, after))
    expected = {m.id for m in made} | {members.id.member(2)}
    assert {each.prediction_id for each in arrived} == expected
    assert len(arrived) == 21
    first = next(each for each in arrived if each.prediction_id == made[0].id)
    predicted = first.predicted
    assert (predicted.outcome, predicted.is_fraud, predicted.probability) == ("review", False, 0.25)
    assert (predicted.model_name, predicted.at, first.client) == ("first", made[0].at, "shop")
    assert list(labels.labels_arrived(before - timedelta(days=2), before)) == []
    assert list(labels.labels_arrived(after, after + timedelta(days=1))) == []
    assert len(list(labels.labels_arrived(before - timedelta(days=2), after))) == 21


def test_without_the_authorizers_word_nobody_gets_in(stack: Any) -> None:
    assert stack.call("predictions", "GET", PATH, client=None).status == 401
