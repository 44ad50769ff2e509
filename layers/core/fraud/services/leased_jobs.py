"""Jobs of a queue: registered before they are queued, run by one worker at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fraud.adapters.job_queue import JobQueue
from fraud.adapters.jobs_table import JobsTable
from fraud.domain.errors import Conflict, FraudError, LeaseHeld, LeaseLost, Unavailable
from fraud.domain.jobs import MAX_ATTEMPTS, WORKER_LOST, Job

NOT_QUEUED = "not_queued"
LEASE_MARGIN_S = 30


def queue_registered[J: Job](job: J, jobs: JobsTable[J], queue: JobQueue, *, swept: bool) -> J:
    """Queue a job whose row is written, so that nothing is queued that is not known.

    One that could not be queued ends at once, for the caller is told that it was not accepted;
    should its message have got through all the same, the worker finds that. Where it cannot be
    ended because a worker has it, it was accepted.

    Parameters
    ----------
    swept
        Whether a sweeper queues what is left pending: then a job was accepted, too, that cannot be
        ended because the table does not answer any more.

    Raises
    ------
    Unavailable
        When the queue does not answer.
    """
    try:
        queue.send(job.id)
    except Unavailable as e:
        if _refused(job, e, jobs, swept=swept):
            raise
    return job


def _refused[J: Job](job: J, why: Unavailable, jobs: JobsTable[J], *, swept: bool) -> bool:
    """End a job that was not queued; False when it runs, or will run, all the same."""
    error = {"code": NOT_QUEUED, "message": why.message}
    try:
        return jobs.end(job.id, datetime.now(UTC), error)
    except LeaseHeld:
        return False
    except Unavailable:
        return not swept


@dataclass(frozen=True)
class Work[J: Job, R]:
    """What a worker does with a job that it has claimed.

    Attributes
    ----------
    do
        Brings the job to its end, or as far as it gets, and gives what came of it.
    fail
        Ends it in error.
    final
        Errors that trying again will not mend.
    """

    do: Callable[[J], R]
    fail: Callable[[J, FraudError], R]
    final: tuple[type[FraudError], ...]


def run_leased[J: Job, R](
    job_id: int, jobs: JobsTable[J], remaining_s: float, work: Work[J, R]
) -> R | None:
    """Claim a job and work on it; one that has ended is left alone.

    Parameters
    ----------
    remaining_s
        Seconds this worker has left: so long, and a little longer, nobody else may have the job.

    Returns
    -------
    R or None
        None when the job had ended before, or another worker has taken it over.

    Raises
    ------
    NotFound
        When there is no such job.
    LeaseHeld
        When another worker is at it.
    Exception
        When trying again may help; the lease has been given back.
    """
    now = datetime.now(UTC)
    lease_until = now + timedelta(seconds=remaining_s + LEASE_MARGIN_S)
    try:
        job = jobs.claim(job_id, uuid.uuid4().hex, now, lease_until)
    except Conflict:
        return None
    try:
        return _attempt(job, jobs, work)
    except LeaseLost:
        return None


def _attempt[J: Job, R](job: J, jobs: JobsTable[J], work: Work[J, R]) -> R:
    if job.attempts > MAX_ATTEMPTS:
        return work.fail(job, _lost(job))
    try:
        return work.do(job)
    except LeaseLost:
        raise
    except work.final as e:
        return work.fail(job, e)
    except Exception as e:
        # As it is by now: one that came further since the claim has its attempts before it again.
        job = jobs.give_back(job, datetime.now(UTC))
        if job.attempts < MAX_ATTEMPTS:
            raise
        return work.fail(job, _given_up(job, e))


def _lost(job: Job) -> FraudError:
    return FraudError(
        f"the worker ended {job.attempts - 1} times without a word, as it does when memory or time "
        "run out; its log has the details",
        code=WORKER_LOST,
    )


def _given_up(job: Job, error: Exception) -> FraudError:
    known = error if isinstance(error, FraudError) else None
    message = str(known) if known else "the worker failed; its log has the details"
    return FraudError(
        f"{message} (after {job.attempts} attempts)", code=known.code if known else "internal"
    )
