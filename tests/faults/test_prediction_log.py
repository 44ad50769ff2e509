"""A slice of the fault run, and the cases where everything refuses."""

from __future__ import annotations

import math
import random
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from fault_run import Outcome, Plan, compare, run
from handlers import BATCH, PREDICT, TRANSACTION, function, post
from injection import Faults
from local_log import TABLE
from traffic import Answers, requests, send

from fraud.adapters.aws_clients import prompt_dynamodb_client, prompt_sqs_client
from fraud_serving import wiring


def run_quietly(plan: Plan, log: Any, model: Any) -> Outcome:
    return run(plan, log, model, lambda *_: None)


def test_every_answered_prediction_is_logged_once_as_it_was_answered(log: Any, model: Any) -> None:
    plan = Plan(predictions=2000, throttled=0.3, lost=0.03, single_share=0.25)
    outcome = run_quietly(plan, log, model)
    assert outcome.sound, outcome
    # One in 60 finds neither table nor buffer; of rows it is often more, for batches go whole.
    assert outcome.refused_requests < 0.1 * (outcome.single_requests + outcome.batch_requests)
    # The faults happened; without them there would be nothing to see.
    assert min(outcome.through_the_buffer, outcome.written_directly, outcome.lost_answers) > 0
    assert min(outcome.calls_taken_in_part, outcome.duplicate_deliveries) > 0
    assert outcome.throttled_calls > 0.2 * outcome.calls


def test_after_an_outage_of_the_table_everything_drains(log: Any, model: Any) -> None:
    plan = Plan(predictions=600, throttled=0.0, lost=0.0, single_share=0.5, outage_s=1.0)
    outcome = run_quietly(plan, log, model)
    assert outcome.sound, outcome
    assert (outcome.refused, outcome.lost) == (0, 0)
    assert outcome.through_the_buffer > 0
    assert outcome.failed_deliveries > 0
    assert outcome.in_the_table == outcome.answered == 600


def test_the_comparison_finds_what_is_missing_altered_or_twice(log: Any, model: Any) -> None:
    answers = Answers()
    asked = requests(20, 1.0, random.Random(1))  # noqa: S311 - repeatable, not secret
    assert sum(send(asked, model, wiring.log(), answers)) == len(answers.digests) == 20
    outcome = Outcome(asked=20, answered=20)
    compare(log, answers, outcome)
    assert outcome.sound

    gone, copied, altered, *_ = log.items()
    log.dynamodb.delete_item(TableName=TABLE, Key={name: gone[name] for name in ("pk", "sk")})
    log.dynamodb.put_item(TableName=TABLE, Item=copied | {"sk": {"S": "another"}})
    answers.digests[altered["sk"]["S"]] = b"of another answer"
    outcome = Outcome(asked=20, answered=20)
    compare(log, answers, outcome)
    assert (outcome.lost, outcome.altered, outcome.duplicated) == (1, 1, 1)
    assert not outcome.sound


@pytest.fixture
def predict(log: Any, model: Any, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The predict function, its model at hand."""
    monkeypatch.setattr(wiring, "champion", lambda: SimpleNamespace(current=lambda: model))
    return function("predict")


@pytest.mark.parametrize("rows", [None, 600])
def test_when_table_and_buffer_refuse_nothing_is_answered(
    rows: int | None, predict: ModuleType, log: Any
) -> None:
    faults = Faults(0.0, 0.0, random.Random(1))  # noqa: S311 - not a secret
    faults.install(prompt_dynamodb_client())
    faults.install(prompt_sqs_client())
    faults.down_until = {"dynamodb": math.inf, "sqs": math.inf}
    path = BATCH if rows else PREDICT
    body = {"transactions": [TRANSACTION] * rows} if rows else TRANSACTION
    began = time.monotonic()
    status, headers, answer = post(predict, path, body)
    took_s = time.monotonic() - began
    assert (status, list(answer)) == (503, ["error"])
    assert int(headers["Retry-After"]) > 0
    assert (list(log.items()), log.buffered()) == ([], 0)
    assert took_s < 2, "a payment waits for this"
    faults.down_until = {}
    assert post(predict, path, body)[0] == 200
    assert len(list(log.items())) == (math.ceil(rows / 250) if rows else 1)
