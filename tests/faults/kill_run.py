"""Schedules one after the other, and what came of them all."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from kill_invariants import broken_promises
from kill_points import BEGUN, ENDED
from kill_schedule import Odds, Schedule
from local_log import local_aws
from local_trainings import Clients, Trainings
from workers import prepare

from fraud_cli.sampling import write_sample

ROWS = 300
FRAUD_RATES = (0.2, 0.45)
"""Of two datasets; the second makes the better model, so that models replace each other."""
HALF_STORED = ("model.onnx", "model.joblib", "card.json", "golden.json", "report.html", "the copy")


@dataclass
class Outcome:
    """What a run did and found.

    Attributes
    ----------
    broken
        Promises that did not hold, with the schedule's number.
    """

    schedules: int = 0
    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def trainer_kills(self) -> int:
        """How often a trainer was killed."""
        return sum(n for (function, _), n in self.kills.items() if function == "trainer")


class KillRun:
    """An emulator and a fork server, and schedules over them."""

    def __init__(self, work_dir: Path, clients: Clients, seed: int) -> None:
        self._work_dir = work_dir
        self.clients = clients
        self._seed = seed
        self._datasets = [_dataset(work_dir, rate) for rate in FRAUD_RATES]
        self._points: dict[str, list[str]] = {
            "training": [BEGUN, ENDED],
            "trainer": [BEGUN, ENDED, *(f"during store {name}" for name in HALF_STORED)],
            "dead_letters": [BEGUN, ENDED],
            "sweeper": [BEGUN, ENDED],
        }
        self.outcome = Outcome()

    def run(self, kills: int, on_schedule: Callable[[Outcome], None]) -> Outcome:
        """Play schedules until this many trainers were killed."""
        begun = time.monotonic()
        if not self.outcome.schedules:
            self.play(Odds(*[0.0] * 10))  # to see the points there are
        while self.outcome.trainer_kills < kills:
            self.play(Odds())
            self.outcome.took_s = time.monotonic() - begun
            on_schedule(self.outcome)
        return self.outcome

    def play(self, odds: Odds, before_judging: Callable[[Schedule], None] = lambda _: None) -> None:
        """Play one schedule, and look whether everything holds."""
        number = self.outcome.schedules
        directory = self._work_dir / f"schedule-{number}"
        directory.mkdir()
        trainings = Trainings(self.clients, number)
        rng = random.Random(f"{self._seed}/{number}")  # noqa: S311 - repeatable, not secret
        schedule = Schedule(trainings, directory, self._datasets, self._points, rng, odds)
        schedule.play()
        before_judging(schedule)
        self._add(schedule, number)
        trainings.close()
        shutil.rmtree(directory)

    def _add(self, schedule: Schedule, number: int) -> None:
        outcome = self.outcome
        outcome.schedules += 1
        outcome.kills += schedule.kills
        outcome.counts += schedule.counts
        rows = schedule.trainings.rows().values()
        outcome.ended += Counter(row.get("error", {}).get("code", row["status"]) for row in rows)
        outcome.broken += [f"schedule {number}: {what}" for what in broken_promises(schedule)]
        for line in schedule.journal.read_text(encoding="utf-8").splitlines():
            _, subject, point = line.split("\t")
            known = self._points["trainer" if subject.isdigit() else subject]
            if point not in known:
                known.append(point)


@contextmanager
def kill_run(work_dir: Path, seed: int) -> Iterator[KillRun]:
    """Start an emulator and what a run needs."""
    with local_aws(work_dir) as endpoint_url:
        prepare()
        yield KillRun(work_dir, Clients.of(endpoint_url), seed)


def _dataset(work_dir: Path, fraud_rate: float) -> Path:
    path = work_dir / f"frauds-{fraud_rate}.csv"
    write_sample(path, ROWS, seed=3, fraud_rate=fraud_rate)
    return path
