"""Jobs run under a lease: what ends them, what brings them back, and that nothing runs for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from fraud.domain.errors import Conflict, FraudError, InvalidValue, LeaseHeld, LeaseLost
from fraud.domain.jobs import Job, JobStatus
from fraud.services.leased_jobs import MAX_ATTEMPTS, WORKER_LOST, Work, run_leased

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@dataclass
class OneJob:
    """A table of one job, whose claim may be refused."""

    attempts: int = 0
    refusal: FraudError | None = None
    given_back: int = 0
    ended: list[FraudError] = field(default_factory=list)

    def job(self) -> Job:
        return Job(
            id=1, client="tests", created_at=NOW, updated_at=NOW, attempts=self.attempts
        ).model_copy(update={"status": JobStatus.PROCESSING})

    def claim(self, *_: Any) -> Job:
        if self.refusal:
            raise self.refusal
        self.attempts += 1
        return self.job()

    def give_back(self, *_: Any) -> Job:
        self.given_back += 1
        return self.job()


def run(table: OneJob, do: Any) -> Any:
    def fail(_: Job, error: FraudError) -> str:
        table.ended.append(error)
        return "failed"

    return run_leased(1, table, 60.0, Work(do, fail, final=(InvalidValue,)))  # type: ignore[arg-type]


def raising(error: Exception) -> Any:
    def do(_: Job) -> None:
        raise error

    return do


def test_work_that_is_done_is_its_result() -> None:
    assert run(OneJob(), lambda job: job.attempts) == 1


def test_a_job_that_has_ended_is_left_alone() -> None:
    assert run(OneJob(refusal=Conflict("it has ended")), raising(AssertionError())) is None


def test_a_job_of_another_worker_is_told() -> None:
    with pytest.raises(LeaseHeld):
        run(OneJob(refusal=LeaseHeld("until 9")), raising(AssertionError()))


def test_a_worker_that_was_overtaken_says_nothing() -> None:
    table = OneJob()
    assert run(table, raising(LeaseLost("fenced off"))) is None
    assert (table.given_back, table.ended) == (0, [])


def test_what_trying_again_will_not_mend_ends_at_once() -> None:
    table = OneJob()
    assert run(table, raising(InvalidValue("wrong"))) == "failed"
    assert [e.message for e in table.ended] == ["wrong"]


def test_anything_else_is_tried_three_times_and_then_ends_without_its_words() -> None:
    table = OneJob()
    for _ in range(MAX_ATTEMPTS - 1):
        with pytest.raises(RuntimeError):
            run(table, raising(RuntimeError("secret")))
    assert run(table, raising(RuntimeError("secret"))) == "failed"
    (error,) = table.ended
    assert (error.code, "secret" in error.message) == ("internal", False)
    assert f"after {MAX_ATTEMPTS} attempts" in error.message


def test_a_job_that_came_further_has_its_attempts_before_it_again() -> None:
    table = OneJob(attempts=MAX_ATTEMPTS - 1)

    def do(_: Job) -> None:
        table.attempts = 0  # what a checkpoint writes
        raise RuntimeError("the log does not answer")

    with pytest.raises(RuntimeError):
        run(table, do)
    assert table.ended == []


def test_a_job_whose_workers_die_ends_instead_of_killing_another() -> None:
    table = OneJob(attempts=MAX_ATTEMPTS)
    assert run(table, raising(AssertionError("not again"))) == "failed"
    assert [e.code for e in table.ended] == [WORKER_LOST]
