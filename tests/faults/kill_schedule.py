"""One random schedule: trainings asked for, delivered, killed, frozen, swept, until all ends."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from handlers import post_event
from kill_points import Plan
from local_trainings import MESSAGE_HIDDEN, Trainings
from workers import Task, Worker, start
from world_clock import WorldClock

SUCCESS: dict[str, Any] = {"batchItemFailures": []}
LEASE = timedelta(seconds=931)
STEPS = 10
QUIET_ROUNDS = 30
AT_ONCE = 2


@dataclass(frozen=True)
class Odds:
    """How often things go wrong, each out of 1."""

    asking_killed: float = 0.15
    killed: float = 0.8
    frozen: float = 0.1
    delayed: float = 0.15
    doubled: float = 0.2
    late: float = 0.1
    lost_answer: float = 0.05
    lease_runs_out: float = 0.75
    swept: float = 0.25
    others_killed: float = 0.25


@dataclass
class Frozen:
    """A worker that was frozen while it held a training, or before it claimed one."""

    worker: Worker
    record: dict[str, Any]
    fence: int | None


@dataclass
class Schedule:
    """Plays one schedule.

    Attributes
    ----------
    points
        Named points by function; those that are passed for the first time are added.
    kills
        By function and point.
    deaths
        Workers that died or froze, by training.
    wrong
        What was found to be wrong on the way.
    """

    trainings: Trainings
    directory: Path
    datasets: Sequence[Path]
    points: dict[str, list[str]]
    random: random.Random
    odds: Odds = field(default_factory=Odds)
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    deaths: Counter[int] = field(default_factory=Counter)
    receives: Counter[str] = field(default_factory=Counter)
    promised: set[int] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = self.directory / "journal"
        self.journal.touch()
        self.clock = WorldClock(self.directory / "clock")
        self._frozen: list[Frozen] = []
        self._late: list[dict[str, Any]] = []
        self._instances: list[Path] = []
        self._handed_out: dict[str, dict[str, Any]] = {}

    def play(self) -> None:
        """From the first request until nothing is left to do."""
        try:
            for _ in range(self.random.randint(2, 4)):
                self._ask()
            for _ in range(STEPS):
                self._step()
                if self._quiet():
                    break
            self._settle()
            self._finish()
        finally:
            for frozen in self._frozen:  # after an error: nobody else would end them
                frozen.worker.process.kill()

    def _ask(self) -> None:
        link = self.trainings.upload(self.random.choice(self.datasets))
        event = post_event("/api/v1/training", {"dataset": link})
        plan = self._plan("training", self.odds.asking_killed)
        answer = self._run("training", event, plan)
        if answer is not None:
            # Refused alike each time, a run would never come to its kills.
            assert answer["statusCode"] == 202, answer
            self.promised.add(json.loads(answer["body"])["id"])
        self.counts["trainings"] += 1

    def _step(self) -> None:
        self._deliver(self._dealt(), self.odds.killed, self.odds.frozen)
        self._bury(self.odds.others_killed)
        for frozen in [*self._frozen]:
            if self._happens(0.4):
                self._thaw(frozen)
        if self._happens(self.odds.swept):
            self._pass(MESSAGE_HIDDEN)
            self._sweep(self.odds.others_killed)

    def _dealt(self) -> list[dict[str, Any]]:
        """Messages in another order than they were sent in, some twice, some held back."""
        dealt = []
        for record in self._received():
            if self._happens(self.odds.delayed):
                self.trainings.give_back(record)
                continue
            dealt.append(record)
            if self._happens(self.odds.doubled):
                self.counts["duplicates"] += 1
                dealt.append(record | {"copy": True})
            if self._happens(self.odds.late):
                self._late.append(record | {"copy": True})
        if self._late and self._happens(0.3):
            self.counts["late deliveries"] += 1
            dealt.append(self._late.pop())
        self.random.shuffle(dealt)
        return dealt

    def _received(self) -> list[dict[str, Any]]:
        records = self.trainings.received()
        self._handed_out |= {record["messageId"]: record for record in records}
        self.receives.update(record["messageId"] for record in records)
        return records

    def _pass(self, time: timedelta) -> None:
        """Let time pass, in which messages that were handed out and not deleted come back."""
        self.clock.advance(time)
        for record in self._handed_out.values():
            self.trainings.give_back(record)

    def _deliver(self, records: list[dict[str, Any]], killed: float, frozen: float) -> None:
        while records:
            some, records = records[:AT_ONCE], records[AT_ONCE:]
            started = [
                (self._start("trainer", _sqs(r), self._plan("trainer", killed, frozen)), r)
                for r in some
            ]
            died = [self._end(worker, record) for worker, record in started]
            if any(died) and self._happens(self.odds.lease_runs_out):
                self._pass(LEASE)

    def _end(self, worker: Worker, record: dict[str, Any]) -> bool:
        """See what becomes of a trainer; True when it died or froze."""
        training_id = int(worker.task.subject)
        if not worker.settled():
            self.counts["frozen"] += 1
            self.deaths[training_id] += 1
            fence = self.trainings.rows()[training_id].get("fence")
            has_it = f"{worker.process.pid}\t{training_id}\tafter claim" in self.journal.read_text()
            self._frozen.append(Frozen(worker, record, fence if has_it else None))
            return True
        answer = worker.answer()
        self._free(worker)
        if answer is None:
            self.kills["trainer", worker.task.plan.point or ""] += 1
            self.deaths[training_id] += 1
        succeeded = answer == SUCCESS and not self._happens(self.odds.lost_answer)
        if not record.get("copy"):
            self._dismiss(record, succeeded)
        return answer is None

    def _thaw(self, frozen: Frozen) -> None:
        """Wake a worker up; when its training has gone on without it, it must write nothing."""
        self._frozen.remove(frozen)
        training_id = int(frozen.worker.task.subject)
        row = self.trainings.rows()[training_id]
        over = frozen.fence is not None and (
            row["fence"] != frozen.fence or row["status"] in {"processed", "error"}
        )
        before = self.trainings.written()
        frozen.worker.thaw()
        if not frozen.worker.settled():
            raise AssertionError("a thawed worker froze again")
        answer = frozen.worker.answer()
        self._free(frozen.worker)
        if over:
            self.counts["woke up too late"] += 1
            if self.trainings.written() != before:
                self.wrong.append(f"a straggler wrote after {frozen.worker.task.plan.point}")
        if not frozen.record.get("copy"):
            self._dismiss(frozen.record, answer == SUCCESS)

    def _dismiss(self, record: dict[str, Any], succeeded: bool) -> None:
        """What Lambda does with a message; its receipt may be an old one by now."""
        if not succeeded:
            self.trainings.give_back(record)
            return
        self.trainings.delete(record)
        if self._handed_out.get(record["messageId"]) == record:
            del self._handed_out[record["messageId"]]

    def _bury(self, killed: float) -> None:
        for record in self.trainings.received_dead_letters():
            self.counts["dead letters"] += 1
            answer = self._run("dead_letters", _sqs(record), self._plan("dead_letters", killed))
            done = answer == SUCCESS
            (self.trainings.delete if done else self.trainings.give_back)(record)

    def _sweep(self, killed: float = 0.0) -> Any:
        swept = self._run("sweeper", {}, self._plan("sweeper", killed))
        for what, found in (swept or {}).items():
            if isinstance(found, list):
                self.counts[what.replace("_", " ")] += len(found)
        return swept

    def _quiet(self) -> bool:
        rows = self.trainings.rows().values()
        return not (
            self._frozen
            or self.trainings.waiting()
            or any(row["status"] not in {"processed", "error"} for row in rows)
        )

    def _settle(self) -> None:
        """Nothing fails any more: everything must come to an end."""
        for _ in range(QUIET_ROUNDS):
            for frozen in [*self._frozen]:
                self._thaw(frozen)
            self._deliver(self._received(), 0.0, 0.0)
            self._bury(0.0)
            if self._quiet():
                return
            self._pass(MESSAGE_HIDDEN)
            self._sweep()
        stuck = {i: row["status"] for i, row in self.trainings.rows().items()}
        self.wrong.append(f"never came to an end: {stuck}, {self.trainings.waiting()} messages")

    def _finish(self) -> None:
        """Messages that come when all is over change nothing; then the sweeper cleans up, once."""
        before = self.trainings.written()
        self._deliver(self._late, 0.0, 0.0)
        if self.trainings.written() != before:
            self.wrong.append("a message that came when all was over changed something")
        self._pass(timedelta(days=2))
        self._sweep()
        again = self._sweep()
        if any(found for what, found in again.items() if what != "complete"):
            self.wrong.append(f"a second sweep found something to do: {again}")
        if self.trainings.written() != before:
            self.wrong.append("a sweep changed what had ended")

    def _run(self, function: str, event: Any, plan: Plan) -> Any:
        worker = self._start(function, event, plan)
        worker.settled()
        answer = worker.answer()
        self._free(worker)
        if answer is None:
            self.kills[function, plan.point or ""] += 1
        return answer

    def _start(self, function: str, event: Any, plan: Plan) -> Worker:
        subject = function
        if function == "trainer":
            subject = str(json.loads(event["Records"][0]["body"])["training_id"])
        if not self._instances:
            self._instances.append(
                self.directory / f"instance-{len(list(self.directory.iterdir()))}"
            )
            self._instances[-1].mkdir()
        self.counts["invocations"] += 1
        return start(
            Task(
                function=function,
                subject=subject,
                event=event,
                plan=plan,
                environment=self.trainings.environment,
                directory=self._instances.pop(),
                journal=self.journal,
                clock=self.clock.path,
            )
        )

    def _free(self, worker: Worker) -> None:
        """Its instance takes the next one, with what it left on disk."""
        self._instances.append(worker.task.directory)

    def _plan(self, function: str, killed: float, frozen: float = 0.0) -> Plan:
        drawn = self.random.random()
        if drawn >= killed + frozen:
            return Plan()
        sent = signal.SIGKILL if drawn < killed else signal.SIGSTOP
        return Plan(self.random.choice(self.points[function]), sent)

    def _happens(self, odds: float) -> bool:
        return self.random.random() < odds


def _sqs(record: Mapping[str, Any]) -> dict[str, Any]:
    return {"Records": [{k: v for k, v in record.items() if k not in {"url", "copy"}}]}
