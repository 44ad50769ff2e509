"""The monitor over moto: counts once whatever happens, sees a shift, retrains once."""

from __future__ import annotations

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import boto3
import pytest

from fraud.adapters.labels import Labels
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.predictions_table import PredictionsTable
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.errors import InvalidValue, Unavailable
from fraud.domain.features import BASIC
from fraud.domain.hour_counts import HourCounts, ModelCounts
from fraud.domain.hours import hour_of
from fraud.domain.labels import LabelRequest, new_label
from fraud.domain.model_cards import (
    CARD_FILE,
    SERVED_FILES,
    DatasetFacts,
    Metrics,
    ModelCard,
    ModelRecord,
    ThresholdPolicy,
)
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions, PredictionEntry, pack, unpack
from fraud.services import hour_counting
from fraud.services.monitoring import Look, act, look
from fraud.wiring import monitor as wiring

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = hour_of(datetime.now(UTC)) + timedelta(minutes=20)
KEPT = timedelta(days=400)
BUCKET = "fraud-data"
KINDS = ("PAYMENT", "CASH_OUT", "TRANSFER")
DATASET = f"s3://{BUCKET}/uploads/new.csv"
METRICS = Metrics(
    accuracy=0.99, recall=0.8, precision=0.8, f1=0.8, auc=0.97, auprc=0.8, log_loss=0.02,
    brier=0.004, prevalence=0.05, time=1.0,
)  # fmt: skip


def a_card(name: str) -> ModelCard:
    """A model of two inputs and the calendar: the log-odds of fraud are its amount less 3."""
    halves = {"edges": [0.0], "shares": [0.5, 0.5]}
    return ModelCard(
        name=name,
        created_at=NOW - 10 * DAY,
        algorithm="by hand",
        feature_set=BASIC,
        seed=1,
        split="random",
        dataset=DatasetFacts(sha256="0", rows=100_000, frauds=5_000, form="basic"),
        metrics=METRICS,
        policy=ThresholdPolicy(threshold=0.5, review=0.3, block=0.5),
        baseline=(0.0,),
        score_quantiles=(0.0,) * 1001,
        library_versions={},
        evaluation={
            "splits": {"random": {"held_out_rows": 40_000}},
            "drift_reference": {
                "scores": {"edges": [0.0474258731775668], "shares": [0.5, 0.5]},  # log-odds of -3
                "inputs": {
                    "day_of_month": {"edges": [15.0], "shares": [0.5, 0.5]},
                    "type": {"categories": list(KINDS), "shares": [0.6, 0.3, 0.1]},
                    "amount_log": halves,
                },
            },
        },
    )


@dataclass
class Shop:
    """Asks for predictions and says what turned out, through the product's own adapters."""

    stack: Any
    rng: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311
    logged: list[PredictionEntry] = field(default_factory=list)

    def asks(self, n: int, at: datetime, *, shift: float = 0.0, model: str = "first") -> None:
        """One batch of predictions."""
        amounts = [self.rng.gauss(shift, 1) for _ in range(n)]
        log_odds = [round(3 * amount - 3, 6) for amount in amounts]
        kinds = self.rng.choices(KINDS, (0.6, 0.3, 0.1), k=n)
        predictions = LoggedPredictions(
            id=PredictionId.new(at),
            at=at,
            client="shop",
            request_id="r",
            model_name=model,
            model_version=1,
            threshold=0.5,
            latency_ms=self.rng.lognormvariate(2, 0.5),
            indexes=list(range(n)),
            inputs={},
            features={"day_of_month": [at.day] * n, "type": kinds, "amount_log": amounts},
            log_odds=log_odds,
            probability=[float(odds > 0) for odds in log_odds],
            risk_score=[1] * n,
            outcome=["block" if odds > 0 else "approve" for odds in log_odds],
            reasons=None,
        )
        PredictionsTable(boto3.client("dynamodb"), "PredictionsTable", KEPT).put(predictions)
        self.logged += [entry for item in pack(predictions) for entry in unpack(item.body)]

    def labels(self, entry: PredictionEntry, arrived: datetime, *, is_fraud: bool) -> None:
        label = new_label(entry, LabelRequest(is_fraud=is_fraud), "shop", arrived)
        expires_at = int((entry.at + KEPT).timestamp())
        labels = Labels(boto3.client("dynamodb"), "PredictionsTable")
        labels.add(label, len(labels.of(entry.id)), expires_at)


def register(name: str) -> None:
    """Register a model whose files are there, and enable it."""
    card = a_card(name)
    contents = dict.fromkeys(SERVED_FILES, b"{}")
    contents[CARD_FILE] = card.model_dump_json().encode()
    for file, content in contents.items():
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"models/{name}/{file}", Body=content)
    record = ModelRecord(
        name=name,
        version=1,
        created_at=card.created_at,
        training_id=1,
        feature_set="basic",
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files={file: sha256(content).hexdigest() for file, content in contents.items()},
    )
    models = RegistryChanges(boto3.client("dynamodb"), "ModelsTable")
    models.register(record)
    models.release(name, models.champion(), NOW - 9 * DAY, "tests", "for the tests")


EARLIER = (40, 27, 14)
"""Hours ago at which there was a prediction: what lies between counts as its nights."""


@pytest.fixture(autouse=True)
def _short_looks_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moto takes its time for a query, and an hour is 32 of them."""
    monkeypatch.setattr(hour_counting, "LOOK_BACK", 6 * HOUR)
    monkeypatch.setattr(hour_counting, "MAX_ARRIVALS", 3)


@pytest.fixture
def shop(stack: Any) -> Shop:
    register("first")
    # It has been asked for longer than a day.
    for hours_ago in EARLIER:
        answered(NOW - hours_ago * HOUR)
    return Shop(stack)


def answered(at: datetime) -> None:
    """Let a prediction of the first model have been counted."""
    counts = HourCounts(hour=hour_of(at), counted_at=at + 2 * HOUR)
    counts.models["first"] = ModelCounts(requests=1, predictions=1)
    table().save_hour(counts)


def run(now: datetime = NOW, **retraining: Any) -> Look:
    rules = wiring.rules()
    rules = replace(rules, retraining=replace(rules.retraining, **retraining))
    seen = look(wiring.watch(), rules, now, lambda: 900.0)
    return act(wiring.watch(), rules, seen, now)


def table() -> MonitoringTable:
    return MonitoringTable(boto3.client("dynamodb"), "MonitoringTable")


def counted() -> dict[datetime, dict[str, Any]]:
    """What is kept of every hour that has predictions."""
    return {
        hour.hour: {name: counts.model_dump() for name, counts in hour.models.items()}
        for hour in table().hours(NOW - 12 * HOUR)
        if hour.models
    }


def health(stack: Any) -> dict[str, Any]:
    return dict(stack.call("health", "GET", "/api/v1/model/healthy").body)


def trainings(stack: Any) -> list[dict[str, Any]]:
    return list(stack.call("training", "GET", "/api/v1/training").body["trainings"])


def test_a_shift_in_the_middle_turns_the_state(shop: Shop) -> None:
    for hours_ago in (10, 9, 8):
        shop.asks(200, NOW - hours_ago * HOUR)
    before = run(NOW - 7 * HOUR).now
    assert before
    assert before.drift
    assert (before.state, before.reasons) == ("healthy", [])
    assert before.drift.score.band == "stable"
    for hours_ago in (5, 3, 1):
        shop.asks(200, NOW - hours_ago * HOUR, shift=3)
    after = run().now
    assert after
    assert after.drift
    assert after.state == "drifting"
    assert {reason.split(" has drifted")[0] for reason in after.reasons} == {
        "the score",
        "amount_log",
    }
    assert after.drift.features["amount_log"].psi > 0.25
    assert after.drift.features["type"].band == "stable"
    assert after.drift.features["day_of_month"].decides is False


def test_health_answers_what_the_monitor_found(stack: Any, shop: Shop) -> None:
    unseen = health(stack)["now"]
    assert (unseen["state"], unseen["as_of"], unseen["last_hour"]) == ("unknown", None, None)
    shop.asks(300, NOW - 3 * HOUR)
    shop.asks(40, NOW - timedelta(minutes=50))
    shop.asks(20, NOW - timedelta(minutes=5))
    run()
    body = health(stack)
    assert {"modelname", "accuracy", "recall", "f1", "enabled", "time"} <= body.keys()
    now = body["now"]
    assert (now["model"], now["last_hour"]["requests"]) == ("first", 2)
    assert (now["last_hour"]["predictions"], now["last_day"]["predictions"]) == (60, 361)
    outcomes = Counter(entry.outcome for entry in shop.logged)
    assert now["last_day"]["outcomes"] == {"review": 0} | dict(outcomes)
    assert now["last_day"]["fraud_rate"] == pytest.approx(outcomes["block"] / 361, abs=1e-6)
    assert 0 < now["last_day"]["latency"]["p50_ms"] <= now["last_day"]["latency"]["p95_ms"]
    assert now["last_hour"]["errors"] is None
    assert now["drift"]["rows"] == {"last_day": 361, "last_week": 363}
    assert now["live"]["maturity_days"] == 7


def test_running_again_or_at_the_same_time_changes_nothing(shop: Shop) -> None:
    for hours_ago in (5, 2, 1, 0):
        shop.asks(50, NOW - hours_ago * HOUR - timedelta(minutes=5))
    run()
    once = counted()
    assert sum(hour["first"]["predictions"] for hour in once.values()) == 200
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: run(), range(3)))
    assert counted() == once


def test_a_prediction_that_comes_in_late_is_counted_by_the_next_run(shop: Shop) -> None:
    shop.asks(50, NOW - HOUR)
    run()
    shop.asks(7, NOW - HOUR + timedelta(minutes=1))
    run(NOW + HOUR)
    assert counted()[hour_of(NOW - HOUR)]["first"]["predictions"] == 57


def test_an_older_run_that_ends_last_does_not_undo_a_newer_one(shop: Shop) -> None:
    shop.asks(50, NOW - timedelta(minutes=10))
    run(NOW + timedelta(minutes=30))
    run(NOW - timedelta(minutes=15))
    assert counted()[hour_of(NOW)]["first"]["predictions"] == 50
    concluded = table().summary()
    assert concluded
    assert concluded.as_of == NOW + timedelta(minutes=30)


def test_missed_hours_are_made_good_within_the_bound_of_a_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours_ago in range(7):
        shop.asks(10, NOW - hours_ago * HOUR - timedelta(minutes=5))
    monkeypatch.setattr(hour_counting, "MAX_HOURS", 4)
    seen = []
    for _ in range(3):
        run()
        seen.append(sum(hour["first"]["predictions"] for hour in counted().values()))
    # Every run takes two of its four for the running and the last finished hour.
    assert seen == [40, 60, 70]


def test_a_run_that_is_short_of_time_keeps_what_it_has_counted(shop: Shop) -> None:
    shop.asks(10, NOW - HOUR)
    shop.asks(10, NOW - 5 * HOUR)
    left = iter([300.0, 200.0] + [50.0] * 99)
    look(wiring.watch(), wiring.rules(), NOW, lambda: next(left))
    assert set(counted()) == {hour_of(NOW - HOUR)}


def test_predictions_of_several_models_are_counted_apart(shop: Shop) -> None:
    shop.asks(30, NOW - HOUR)
    shop.asks(20, NOW - HOUR, model="gone")
    now = run().now
    assert now
    assert now.last_hour
    assert now.drift
    kept = counted()[hour_of(NOW - HOUR)]
    assert (kept["first"]["predictions"], kept["gone"]["predictions"]) == (30, 20)
    assert kept["gone"]["scores"] == []
    assert now.last_hour.predictions == 50
    assert now.drift.rows["last_day"] == 30 + 1  # the earlier one


def test_a_model_that_goes_on_answering_after_anothers_release_degrades_the_state(
    stack: Any, shop: Shop
) -> None:
    shop.asks(20, NOW - timedelta(minutes=50), model="before")
    shop.asks(20, NOW - timedelta(minutes=10))
    run()
    now = health(stack)["now"]
    assert now["state"] == "degraded"
    # The fixture enabled `first` 9 days ago.
    assert f"predict still answered with before at {NOW - timedelta(minutes=50)}".split() == (
        now["reasons"][0].replace("T", " ", 1).split(",")[0].split()
    )
    # An hour later only the enabled one has answered.
    shop.asks(20, NOW + timedelta(minutes=50))
    run(NOW + HOUR)
    assert health(stack)["now"]["state"] != "degraded"


def label_all(shop: Shop, arrived: datetime, *, right: float) -> None:
    """Label everything that was logged, that share of the alerts and approvals as predicted."""
    for i, entry in enumerate(shop.logged):
        agrees = i % 100 < right * 100
        shop.labels(entry, arrived, is_fraud=entry.is_fraud is agrees)


def test_live_quality_is_that_of_mature_predictions_with_a_label(shop: Shop) -> None:
    shop.asks(400, NOW - 8 * DAY - HOUR)
    caught = [entry for entry in shop.logged if entry.is_fraud]
    passed = [entry for entry in shop.logged if not entry.is_fraud]
    for entry in caught[:40]:
        shop.labels(entry, NOW - 4 * HOUR, is_fraud=True)
    for entry in caught[40:50]:
        shop.labels(entry, NOW - 4 * HOUR, is_fraud=False)
    for entry in passed[:20]:
        shop.labels(entry, NOW - 3 * HOUR, is_fraud=True)
    for entry in passed[20:120]:
        shop.labels(entry, NOW - 3 * HOUR, is_fraud=False)
    shop.asks(50, NOW - DAY)
    shop.labels(shop.logged[-1], NOW - 3 * HOUR, is_fraud=True)  # too young to count
    now = run().now
    assert now
    live = now.live
    assert live
    assert (live.precision, live.recall) == (0.8, pytest.approx(40 / 60, abs=1e-4))
    assert (live.labels, live.frauds, live.alerts) == (170, 60, 50)
    # A label that was wrong is put right, and a further run counts nothing twice.
    shop.labels(caught[0], NOW - HOUR, is_fraud=False)
    for later in (2, 3):
        again = run(NOW + later * HOUR).now
        assert again
        assert again.live
        assert (again.live.labels, again.live.frauds, again.live.alerts) == (170, 59, 50)


def test_a_model_that_is_worse_than_at_training_is_degraded(shop: Shop) -> None:
    shop.asks(200, NOW - 8 * DAY - HOUR)
    label_all(shop, NOW - 4 * HOUR, right=0.5)
    now = run().now
    assert now
    assert now.state == "degraded"
    assert "F1 by labels" in now.reasons[0]


def test_a_model_whose_file_was_altered_is_degraded(shop: Shop) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key="models/first/model.onnx", Body=b"swapped")
    now = run().now
    assert now
    assert now.state == "degraded"
    assert "model.onnx of first was altered" in now.reasons[0]


def metric(namespace: str, name: str, values: dict[datetime, float], **dimensions: str) -> None:
    boto3.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": name,
                "Timestamp": at,
                "Value": value,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            }
            for at, value in values.items()
        ],
    )


def test_errors_are_those_that_api_gateway_counted(shop: Shop) -> None:
    api = {"ApiName": "fraud", "Stage": "live"}
    recent, earlier = NOW - timedelta(minutes=20), NOW - 5 * HOUR
    metric("AWS/ApiGateway", "Count", {recent: 1000, earlier: 3000}, **api)
    metric("AWS/ApiGateway", "5XXError", {recent: 30, earlier: 10}, **api)
    metric("Tests", "ModelNotLoaded", {recent: 2})
    now = run().now
    assert now
    assert now.last_hour
    assert now.last_day
    assert now.last_hour.errors
    assert now.last_day.errors
    assert (now.last_hour.errors.count, now.last_hour.errors.requests) == (30, 1000)
    assert (now.last_day.errors.count, now.last_day.errors.requests) == (40, 4000)
    assert now.state == "degraded"
    assert any("3.0% of the API's answers" in reason for reason in now.reasons)
    assert any("failed 2 times to load" in reason for reason in now.reasons)


def shifted(shop: Shop) -> None:
    for hours_ago in (3, 2, 1):
        shop.asks(200, NOW - hours_ago * HOUR, shift=2.0)


def test_retraining_is_off_unless_a_dataset_is_named(stack: Any, shop: Shop) -> None:
    shifted(shop)
    now = run().now
    assert now
    assert (now.state, now.retraining) == ("drifting", None)
    assert trainings(stack) == []


def test_drift_queues_one_training_however_many_runs_see_it(stack: Any, shop: Shop) -> None:
    shifted(shop)
    with ThreadPoolExecutor(4) as pool:
        looks = list(pool.map(lambda _: run(dataset=DATASET), range(4)))
    (queued,) = trainings(stack)
    assert (queued["client"], queued["status"]) == ("monitor", "pending")
    assert len(stack.queued()) == 1
    told = {look.now.retraining.training_id for look in looks if look.now and look.now.retraining}
    assert told <= {queued["id"], None}
    now = health(stack)["now"]
    assert (now["retraining"]["model"], now["retraining"]["training_id"]) == ("first", queued["id"])
    assert "amount_log has drifted" in now["retraining"]["because"]


def end_trainings(stack: Any) -> None:
    for training in trainings(stack):
        boto3.client("dynamodb").update_item(
            TableName="TrainingsTable",
            Key={"id": {"N": str(training["id"])}},
            UpdateExpression="SET #s = :done",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":done": {"S": "processed"}},
        )


def test_none_is_queued_while_one_is_under_way_or_before_the_cool_down(
    stack: Any, shop: Shop
) -> None:
    for day in range(3):
        shop.asks(600, NOW + day * DAY, shift=2.0)
    options: dict[str, Any] = {"dataset": DATASET, "cool_down": 2 * DAY}
    asked = stack.call("training", "POST", "/api/v1/training", {"dataset": DATASET})
    run(NOW + HOUR, **options)
    assert [t["id"] for t in trainings(stack)] == [asked.body["id"]]
    end_trainings(stack)
    for later, queued in ((HOUR, 2), (DAY, 2), (DAY + 23 * HOUR, 2), (2 * DAY + 2 * HOUR, 3)):
        run(NOW + later, **options)
        end_trainings(stack)
        assert len(trainings(stack)) == queued, later


@pytest.mark.parametrize("died", ["before it queued", "after it queued"])
def test_a_run_that_died_on_the_way_leads_to_one_training_after_all(
    stack: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch, died: str
) -> None:
    shifted(shop)

    def die(*_: Any) -> None:
        raise Unavailable("dead")

    with monkeypatch.context() as dying:
        if died == "before it queued":
            dying.setattr(wiring.watch().trainers.queue, "send", die)
        else:
            dying.setattr(wiring.watch().table, "note_training", die)
        with pytest.raises(Unavailable):
            run(dataset=DATASET)
    run(NOW + timedelta(minutes=5), dataset=DATASET)
    end = [t for t in trainings(stack) if t["status"] == "pending"]
    assert len(end) == (0 if died == "before it queued" else 1)
    run(NOW + timedelta(minutes=20), dataset=DATASET)
    live = [t for t in trainings(stack) if t["status"] == "pending"]
    assert len(live) == 1


def test_the_function_tells_what_alarms_watch(
    stack: Any, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.asks(600, datetime.now(UTC) - timedelta(minutes=30), shift=2.0)
    answer = stack.function("monitor").handler({}, LambdaContext())
    assert answer["now"]["state"] == "drifting"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    (emitted,) = lines
    assert emitted["ScorePsi"][0] > 0.25
    assert emitted["WorstFeaturePsi"][0] > 0.25
    assert 0.4 < emitted["HoursSinceLastPrediction"][0] < 0.6
    assert 9 < emitted["ModelAgeDays"][0] < 11
    assert emitted["Degraded"] == [0.0]
    assert "LiveF1" not in emitted
    assert emitted["Approved"][0] + emitted["Blocked"][0] == 600
    assert emitted["Reviewed"] == [0]
    assert 0 < emitted["LatencyP50"][0] <= emitted["LatencyP95"][0]
    percentiles = emitted["ScorePercentile"]
    assert len(percentiles) == 50
    assert sum(percentiles) / 50 > 70  # 50 without the shift


def test_a_dataset_that_may_not_be_fetched_hides_no_metric(
    stack: Any, shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETRAINING_DATASET", "s3://somebody-elses/file.csv")
    shop.asks(600, datetime.now(UTC) - timedelta(minutes=30), shift=2.0)
    with pytest.raises(InvalidValue):
        stack.function("monitor").handler({}, LambdaContext())
    assert "ScorePsi" in capsys.readouterr().out
    assert health(stack)["now"]["state"] == "drifting"


def test_without_a_model_the_monitor_only_counts(stack: Any) -> None:
    answer = stack.function("monitor").handler({}, LambdaContext())
    assert answer["now"] is None
    assert answer["hours"] > 0


class LambdaContext:
    """What the monitor asks of Lambda's context."""

    function_name = "monitor"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:monitor"
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000
