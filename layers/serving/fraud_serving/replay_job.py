"""One replay from the queue: claim, read the log part by part, score, count, go on or end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from fraud.adapters.labelled_log import LoggedRequest
from fraud.adapters.replays_table import ReplaysTable
from fraud.domain.errors import ArtifactRejected, FraudError, NotFound
from fraud.domain.jobs import JobStatus
from fraud.domain.prediction_ids import LogPart, log_parts
from fraud.domain.replays import Replay
from fraud.services.leased_jobs import Work, run_leased
from fraud_serving.replaying import count_again
from fraud_serving.served_model import ServedModel

ROWS_AT_ONCE = 500
"""Scored together; a request is never divided."""
SAVE_EVERY_S = 2.0
MARGIN_S = 20.0
"""Seconds before its end at which a worker leaves the rest to the next one."""


class Log(Protocol):
    """Has the logged predictions."""

    def requests(self, part: LogPart, after: str | None) -> Iterator[LoggedRequest]:
        """Those of one part, after a request if one is given."""


class Queue(Protocol):
    """Where the rest of a replay waits."""

    def send(self, job_id: int) -> None:
        """Queue one replay."""


class ReplayRun(NamedTuple):
    """How far a run has brought a replay.

    Attributes
    ----------
    rows
        Predictions read in all runs, scored or not.
    error
        The code of the error that ended it.
    """

    status: JobStatus
    client: str
    model: str
    rows: int
    error: str | None = None


@dataclass(frozen=True)
class ReplayJob:
    """What running a replay needs.

    Attributes
    ----------
    load
        Gives the model of a name, verified.
    """

    replays: ReplaysTable
    log: Log
    load: Callable[[str], ServedModel]
    queue: Queue

    def run(self, replay_id: int, remaining_s: Callable[[], float]) -> ReplayRun | None:
        """Bring a replay to its end, or as far as time allows and queue the rest.

        Returns
        -------
        ReplayRun or None
            None when it had ended before, or another worker has taken it over.

        Raises
        ------
        NotFound
            When there is no such replay.
        LeaseHeld
            When another worker is at it.
        Exception
            When trying again may help; the lease has been given back.
        """

        def replay(claimed: Replay) -> ReplayRun:
            walk = _Walk(claimed, self.replays, remaining_s)
            if walk.counted(self.log, self.load(claimed.model)):
                return _told(walk.end())
            paused = self.replays.give_back(walk.save(), datetime.now(UTC))
            self.queue.send(paused.id)
            return _told(paused)

        work = Work(replay, self._fail, final=(NotFound, ArtifactRejected))
        return run_leased(replay_id, self.replays, remaining_s(), work)

    def _fail(self, replay: Replay, error: FraudError) -> ReplayRun:
        return _told(self.replays.fail(replay, datetime.now(UTC), error), error.code)


class _Walk:
    """A claimed replay on its way through the log; its place and its counts change together."""

    def __init__(
        self, replay: Replay, replays: ReplaysTable, remaining_s: Callable[[], float]
    ) -> None:
        self._replay = replay
        self._replays = replays
        self._remaining_s = remaining_s
        self._parts = list(log_parts(replay.since, replay.until))
        self._saved_at = time.monotonic()

    def counted(self, log: Log, model: ServedModel) -> bool:
        """Count what is left of the log; False where time runs out before its end."""
        replay = self._replay
        while replay.part < len(self._parts):
            for requests in _together(log.requests(self._parts[replay.part], replay.after)):
                rows = [row for request in requests for row in request.rows]
                count_again(model, rows, replay.counts)
                replay.after = requests[-1].base
                if not self._may_go_on():
                    return False
            replay.part, replay.after = replay.part + 1, None
            if not self._may_go_on():
                return False
        return True

    def save(self) -> Replay:
        """Write down place and counts."""
        self._saved_at = time.monotonic()
        progress = round(self._replay.part / len(self._parts), 4)
        return self._replays.save_place(self._replay, progress, datetime.now(UTC))

    def end(self) -> Replay:
        """Write down the counts of a replay that is done."""
        now = datetime.now(UTC)
        return self._replays.update(
            self._replay,
            now,
            status=JobStatus.PROCESSED,
            part=self._replay.part,
            after=None,
            counts=self._replay.counts.model_dump(),
            progress=1.0,
            finished_at=now.isoformat(),
        )

    def _may_go_on(self) -> bool:
        if self._remaining_s() < MARGIN_S:
            return False
        if time.monotonic() - self._saved_at >= SAVE_EVERY_S:
            self.save()
        return True


def _together(requests: Iterator[LoggedRequest]) -> Iterator[Sequence[LoggedRequest]]:
    """Some requests at a time, of about `ROWS_AT_ONCE` rows."""
    some: list[LoggedRequest] = []
    rows = 0
    for request in requests:
        some.append(request)
        rows += len(request.rows)
        if rows >= ROWS_AT_ONCE:
            yield some
            some, rows = [], 0
    if some:
        yield some


def _told(replay: Replay, error: str | None = None) -> ReplayRun:
    rows = replay.counts.pair.rows + replay.counts.pair.left_out
    return ReplayRun(replay.status, replay.client, replay.model, rows, error)
