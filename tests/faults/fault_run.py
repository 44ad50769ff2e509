"""Answer predictions under faults, drain the buffer under faults, and compare."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from event_source import EventSource
from injection import Fate, Faults
from local_log import LocalLog
from traffic import Answers, Request, digest_of, requests, send

from fraud.adapters.aws_clients import prompt_dynamodb_client, prompt_sqs_client
from fraud.domain.prediction_log import LoggedPredictions, unpack
from fraud_serving import wiring
from fraud_serving.prediction_writing import PredictionLog, PredictionSink
from fraud_serving.served_model import ServedModel

PREDICT, DRAIN = "predict", "drain"

type OnProgress = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Plan:
    """What is asked for, and what goes wrong meanwhile.

    Attributes
    ----------
    single_share
        Share of the predictions that are asked for one by one; the rest comes in batches.
    outage_s
        The table refuses every write from when a third has been asked for until this long after
        the last answer; 0 for no outage.
    """

    predictions: int
    throttled: float
    lost: float
    seed: int = 1
    single_share: float = 0.5
    outage_s: float = 0.0


@dataclass
class Outcome:
    """What happened; predictions where no other unit is named."""

    single_requests: int = 0
    batch_requests: int = 0
    asked: int = 0
    answered: int = 0
    refused: int = 0
    refused_requests: int = 0
    written_directly: int = 0
    through_the_buffer: int = 0
    calls: int = 0
    retried_calls: int = 0
    throttled_calls: int = 0
    calls_taken_in_part: int = 0
    lost_answers: int = 0
    messages: int = 0
    failed_deliveries: int = 0
    duplicate_deliveries: int = 0
    in_the_table: int = 0
    logged_though_refused: int = 0
    lost: int = 0
    altered: int = 0
    duplicated: int = 0
    dead_letters: int = 0
    answering_s: float = 0.0
    draining_s: float = 0.0

    @property
    def sound(self) -> bool:
        """Whether every answered prediction is in the log, once and as it was answered."""
        wrong = self.lost + self.altered + self.duplicated + self.dead_letters
        return wrong == 0 and self.asked == self.answered + self.refused


@dataclass
class Counted:
    """A sink, and how often it was asked to keep something and what it kept."""

    sink: PredictionSink
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, predictions: LoggedPredictions) -> None:
        """Pass on to the sink."""
        self.counts["puts"] += 1
        self.sink.put(predictions)
        self.counts["kept"] += len(predictions.probability)


def run(plan: Plan, log: LocalLog, model: ServedModel, progress: OnProgress) -> Outcome:
    """Answer, drain, compare; on an empty log."""
    rng = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
    asked = requests(plan.predictions, plan.single_share, rng)
    faults = Faults(plan.throttled, plan.lost, rng)
    faults.install(prompt_dynamodb_client())
    faults.install(prompt_sqs_client())
    outcome = Outcome(
        single_requests=sum(not r.batch for r in asked),
        batch_requests=sum(r.batch for r in asked),
        asked=sum(len(r.transactions) for r in asked),
    )
    answers = _answer(plan, asked, model, faults, progress, outcome)
    if plan.outage_s:
        faults.down_until["dynamodb"] = time.monotonic() + plan.outage_s
    _drain(log, faults, rng, progress, outcome)
    compare(log, answers, outcome)
    return outcome


def _answer(
    plan: Plan,
    asked: list[Request],
    model: ServedModel,
    faults: Faults,
    progress: OnProgress,
    outcome: Outcome,
) -> Answers:
    faults.phase = PREDICT
    real = wiring.log()
    assert real.buffer is not None
    table, buffer = Counted(real.table), Counted(real.buffer)
    answers = Answers()
    began = time.monotonic()
    done = 0
    for n in send(asked, model, PredictionLog(table, buffer), answers):
        done += n
        progress("answering", done, outcome.asked)
        if plan.outage_s and done * 3 >= outcome.asked:
            faults.down_until["dynamodb"] = math.inf
    outcome.answering_s = time.monotonic() - began
    outcome.answered, outcome.refused = len(answers.digests), answers.refused
    outcome.refused_requests = answers.refused_requests
    outcome.written_directly = table.counts["kept"]
    outcome.through_the_buffer = buffer.counts["kept"]
    calls = faults.calls(PREDICT, "dynamodb") + faults.calls(PREDICT, "sqs")
    outcome.retried_calls = calls - table.counts["puts"] - buffer.counts["puts"]
    return answers


def _drain(
    log: LocalLog, faults: Faults, rng: random.Random, progress: OnProgress, outcome: Outcome
) -> None:
    faults.phase = DRAIN
    source = EventSource(log, rng)
    outcome.messages = log.buffered()
    began = time.monotonic()
    for done in source.drain():
        progress("draining", done, outcome.messages)
    outcome.draining_s = time.monotonic() - began
    outcome.failed_deliveries = source.failed
    outcome.duplicate_deliveries = source.duplicates
    outcome.dead_letters = log.dead_letters()
    for phase in (PREDICT, DRAIN):
        for service in ("dynamodb", "sqs"):
            outcome.calls += faults.calls(phase, service)
            outcome.throttled_calls += faults.calls(phase, service, Fate.THROTTLED)
            outcome.calls_taken_in_part += faults.calls(phase, service, Fate.PARTIAL)
            outcome.lost_answers += faults.calls(phase, service, Fate.LOST)


def compare(log: LocalLog, answers: Answers, outcome: Outcome) -> None:
    """Count what is in the table of what was answered, and how often."""
    times_logged: Counter[str] = Counter()
    for item in log.items():
        for entry in unpack(item["body"]["B"]):
            prediction_id = str(entry.id)
            times_logged[prediction_id] += 1
            answered = answers.digests.get(prediction_id)
            if answered is None:
                outcome.logged_though_refused += 1
            elif answered != digest_of(entry):
                outcome.altered += 1
    outcome.in_the_table = len(times_logged)
    outcome.duplicated = times_logged.total() - len(times_logged)
    outcome.lost = len(answers.digests.keys() - times_logged.keys())
