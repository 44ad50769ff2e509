"""The month, hour by hour."""

from __future__ import annotations

import csv
import heapq
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import boto3
from simulated_aws import BUCKET
from traffic import HOURS, Happened, Months, label_delay

from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.labels import Labels
from fraud.adapters.prediction_reading import PredictionReading
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.caller import Caller
from fraud.domain.hour_counts import HourCounts
from fraud.domain.hours import hour_of, hours_from
from fraud.domain.intervals import wilson_interval
from fraud.domain.keys import Scope
from fraud.domain.label_counts import ArrivedLabels, labels_of_days
from fraud.domain.labels import LabelRequest, new_label
from fraud.domain.live_quality import WINDOW
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.predictions import BatchRequest
from fraud.domain.registry import Action
from fraud.domain.trainings import TrainingRequest
from fraud.domain.transactions import RawTransaction
from fraud.services.hour_counting import LOOK_BACK
from fraud.services.monitoring import Look, act, look
from fraud.services.registry import change_model, ordered, roll_back
from fraud.services.trainings import request_training
from fraud.wiring import monitor as monitoring
from fraud_cli.sampling import write_sample
from fraud_serving import wiring as serving
from fraud_serving.champion import ChampionCache
from fraud_serving.look import Pace
from fraud_serving.predicting import Asked, predict, predict_batch
from fraud_training import wiring as training

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TABLE = "PredictionsTable"
EXPORTED_DAYS = 10
"""How far back an export goes: recent enough that a shift soon makes most of it."""
OPERATOR = Caller("operator", frozenset({Scope.ADMIN}))
COLUMNS = ("day", "predictions", "model", "fraud rate", "score PSI", "worst PSI", "state", "events")


@dataclass(frozen=True)
class Plan:
    """What happens when; `shift_day` is from 0."""

    days: int
    shift_day: int
    first_rows: int
    rows_per_day: int
    fraud_rate: float
    shift: float
    look_every: int
    seed: int
    export: str


@dataclass
class PlayedMonth:
    """A month of traffic, labels, looks, trainings and releases."""

    plan: Plan
    directory: Path
    quiet: bool
    counts: Counter[str] = field(default_factory=Counter)
    events: list[tuple[int, str]] = field(default_factory=list)
    looks: list[tuple[int, Look]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.plan.seed)  # noqa: S311 - no secret
        # It ends now, so that nothing in it has expired and no label lies in the future.
        self.start = hour_of(datetime.now(UTC)).replace(hour=0) - (self.plan.days + 1) * DAY
        dynamodb = boto3.client("dynamodb")
        self.labels = Labels(dynamodb, TABLE)
        self.reading = PredictionReading(dynamodb, TABLE)
        self.models = RegistryChanges(dynamodb, "ModelsTable")
        self.bucket = monitoring.watch().bucket
        # Every prediction looks at the pointer: the simulation's hours pass in milliseconds.
        pace = Pace(max_age_s=0.0, must_look_s=0.0, max_wait_s=60.0)
        self.champion = ChampionCache(self.models, self.bucket, self._not_loaded, pace)
        self.known: list[tuple[datetime, Happened]] = []
        self.due: list[tuple[datetime, int, str, bool]] = []
        self.left: str | None = None

    def play(self) -> None:
        """All days."""
        plan = self.plan
        self._idle_before()
        self._first_model()
        months = Months.write(
            self.directory, plan.rows_per_day, plan.fraud_rate, plan.shift, plan.seed
        )
        self._tell(dict(zip(COLUMNS, COLUMNS, strict=True)))
        for hour, happened in enumerate(months.played(plan.shift_day, plan.days)):
            at = self.start + hour * HOUR
            self._ask(happened, at)
            self._label_until(at)
            if (hour + 1) % plan.look_every == 0:
                self._look(hour // HOURS + 1, at + HOUR)
            if hour % HOURS == HOURS - 1:
                self._operate(hour // HOURS + 1)
                self._tell_day(hour // HOURS + 1)

    def story(self) -> dict[str, Any]:
        """What happened, in figures."""
        turned = next((day for day, seen in self.looks if _state(seen) == "drifting"), None)
        shift_day = self.plan.shift_day + 1
        before = [seen for day, seen in self.looks if day < shift_day]
        after = [seen for day, seen in self.looks if day >= shift_day]
        return {
            "requests": self.counts["requests"],
            "predictions": self.counts["predictions"],
            "failed_predictions": self.counts["failed"],
            "labels": self.counts["labels"],
            "shift_on_day": shift_day,
            "drifting_since_day": turned,
            "largest_psi_before": max(map(_largest, before), default=0.0),
            "largest_psi_after": max(map(_largest, after), default=0.0),
            "by_labels": self._quality(),
            "events": [f"day {day}: {event}" for day, event in self.events],
        }

    def _idle_before(self) -> None:
        """Have the hours before the month counted: nobody asked for anything."""
        table, rules = monitoring.watch().table, monitoring.rules()
        for hour in hours_from(self.start - LOOK_BACK, self.start):
            table.save_hour(HourCounts(hour=hour, counted_at=self.start + DAY))
        for hour in hours_from(self.start - WINDOW - rules.maturity, self.start):
            table.save_arrivals(ArrivedLabels(hour=hour, counted_at=self.start + DAY))

    def _first_model(self) -> None:
        path = self.directory / "first.csv"
        write_sample(
            path, self.plan.first_rows, seed=self.plan.seed + 7, fraud_rate=self.plan.fraud_rate
        )
        boto3.client("s3").upload_file(str(path), BUCKET, "uploads/first.csv")
        trainers = monitoring.watch().trainers
        request = TrainingRequest(
            dataset=f"s3://{BUCKET}/uploads/first.csv", feature_set="transaction"
        )
        request_training(request, OPERATOR, trainers.trainings, trainers.queue, trainers.links)
        self.first = self._train(0)

    def _ask(self, happened: list[Happened], at: datetime) -> None:
        """One transaction by itself, with reasons, the others of the hour in a batch."""
        if not happened:
            return
        asked = [RawTransaction.model_validate(h.transaction) for h in happened]
        log = serving.log()
        try:
            model = self.champion.current()
            alone = predict(asked[0], self._asked(at), model, log)
            answers = [(alone["prediction_id"], alone["is_fraud"])]
            self.counts["requests"] += 1
            if asked[1:]:
                rows = [h.transaction for h in happened[1:]]
                request = BatchRequest.model_validate({"transactions": rows})
                results = predict_batch(request, self._asked(at), model, log)["results"]
                answers += [(r["prediction_id"], r["is_fraud"]) for r in results]  # type: ignore[typeddict-item]
                self.counts["requests"] += 1
        except Exception as e:  # noqa: BLE001 - a failed prediction is what is counted here
            self.counts["failed"] += len(happened)
            self.events.append(((at - self.start) // DAY + 1, f"prediction failed: {e}"))
            return
        self.counts["predictions"] += len(answers)
        for (prediction_id, alerted), h in zip(answers, happened, strict=True):
            self.known.append((at, h))
            delay = label_delay(self.rng, is_fraud=h.is_fraud, alerted=alerted)
            if delay is not None:
                place = len(self.known)
                heapq.heappush(self.due, (at + delay, place, prediction_id, h.is_fraud))

    def _asked(self, at: datetime) -> Asked:
        moment = at + timedelta(seconds=self.rng.uniform(0, 3599))
        return Asked("shop", "simulated", moment, perf_counter())

    def _label_until(self, now: datetime) -> None:
        while self.due and self.due[0][0] < now:
            arrived, _, prediction_id, is_fraud = heapq.heappop(self.due)
            kept = self.reading.get(PredictionId.parse(prediction_id))
            # Within the hour in which it was asked a label would come before its prediction.
            label = new_label(
                kept.entry, LabelRequest(is_fraud=is_fraud), "shop", max(arrived, kept.entry.at)
            )
            self.labels.add(label, 0, kept.expires_at)
            self.counts["labels"] += 1

    def _look(self, day: int, now: datetime) -> None:
        watch, rules = monitoring.watch(), monitoring.rules()
        seen = act(watch, rules, look(watch, rules, now, lambda: 900.0), now)
        before = _state(self.looks[-1][1]) if self.looks else None
        self.looks.append((day, seen))
        if _state(seen) != before:
            why = f": {seen.now.reasons[0]}" if seen.now and seen.now.reasons else ""
            self.events.append((day, f"{_state(seen)}{why}"))
        asked = seen.now.retraining if seen.now else None
        if asked and asked.claimed_at == now:
            self.events.append((day, f"retraining {asked.training_id} was queued by the monitor"))
            self._export(now)
            self._train(day)

    def _export(self, now: datetime) -> None:
        """What is known of the last days: an unreported fraud passes for a sound transaction."""
        unknown = {place for _, place, _, _ in self.due}
        recent = [
            {**h.row, "isFraud": str(int(h.is_fraud and place not in unknown))}
            for place, (at, h) in enumerate(self.known, 1)
            if at >= now - EXPORTED_DAYS * DAY
        ]
        path = self.directory / "export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(recent[0]))
            writer.writeheader()
            writer.writerows(recent)
        boto3.client("s3").upload_file(str(path), BUCKET, self.plan.export)

    def _train(self, day: int) -> str:
        """Work off the queue as the trainer does; gives the enabled model's name."""
        sqs, trainers = boto3.client("sqs"), monitoring.watch().trainers
        url = monitoring.settings().training_queue_url
        for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
            training_id = TrainingQueue.job_id_of(message["Body"])
            training.job().run(training_id, lambda: 900.0)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            done = trainers.trainings.get(training_id)
            decision = done.decision or {"promote": False, "reasons": [str(done.error)]}
            verb = "promoted" if decision["promote"] else "not promoted"
            self.events.append((day, f"{done.model} {verb}: {decision['reasons'][0]}"))
        champion = self.models.champion()
        return champion.name if champion else ""

    def _operate(self, day: int) -> None:
        """Near the end somebody goes back to the model before, and a day later forward again."""
        champion = self.models.champion()
        if champion and champion.previous and day == self.plan.days - 2:
            order = ordered(Action.ROLLBACK, OPERATOR.client, "to see that it can be done")
            roll_back(order, self.models, self.bucket)
            self.left = champion.name
            self.events.append((day, f"rolled back from {champion.name} to {champion.previous}"))
        elif self.left and day == self.plan.days - 1:
            order = ordered(Action.PROMOTE, OPERATOR.client, "it was the better one")
            change_model(self.left, order, self.models, self.bucket)
            self.events.append((day, f"promoted {self.left} again"))

    def _quality(self) -> list[str]:
        """Precision and recall by labels of each model, before and after the shift."""
        arrivals = monitoring.watch().table.arrivals(self.start)
        turn = (self.start + self.plan.shift_day * DAY).date()
        first, end = self.start.date(), (self.start + self.plan.days * DAY).date()
        said = []
        for name in dict.fromkeys(m for hour in arrivals for m in hour.models):
            for when, span in (("before", (first, turn)), ("after", (turn, end))):
                found = labels_of_days(arrivals, name, *span)
                shares = {
                    "recall": _share(found.true_positives, found.frauds),
                    "precision": _share(found.true_positives, found.alerts),
                }
                if found.labels:
                    measured = ", ".join(f"{name} {share}" for name, share in shares.items())
                    said.append(f"{name} {when} the shift: {measured}")
        return said

    def _tell_day(self, day: int) -> None:
        seen = self.looks[-1][1].now
        if seen is None or seen.last_day is None:
            return
        worst = _largest(self.looks[-1][1])
        score = seen.drift.score.psi if seen.drift else None
        events = [event for on, event in self.events if on == day]
        values = (
            str(day),
            f"{seen.last_day.predictions:,}",
            seen.model,
            f"{seen.last_day.fraud_rate:.4f}",
            "-" if score is None else f"{score:.3f}",
            f"{worst:.3f}",
            str(seen.state),
            "; ".join(events),
        )
        self._tell(dict(zip(COLUMNS, values, strict=True)))

    def _tell(self, row: dict[str, Any]) -> None:
        widths = (4, 12, 22, 11, 10, 10, 10, 0)
        if not self.quiet:
            cells = (str(v).ljust(w) for v, w in zip(row.values(), widths, strict=True))
            sys.stdout.write("".join(cells).rstrip() + "\n")
            sys.stdout.flush()

    def _not_loaded(self, error: Exception, _: Any) -> None:
        self.counts["not loaded"] += 1
        self.events.append((len(self.looks), f"a model could not be loaded: {error}"))


def _share(hits: int, of: int) -> str:
    interval = wilson_interval(hits, of)
    if interval is None:
        return "unknown"
    return f"{hits / of:.3f} ({interval[0]:.3f} to {interval[1]:.3f} of {of})"


def _state(seen: Look) -> str | None:
    return str(seen.now.state) if seen.now else None


def _largest(seen: Look) -> float:
    """The largest index that may decide."""
    if seen.now is None or seen.now.drift is None:
        return 0.0
    return max((d.psi or 0.0 for d in seen.now.drift.deciding().values()), default=0.0)
