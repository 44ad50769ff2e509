"""Asking for a replay, and looking at replays."""

from __future__ import annotations

from datetime import UTC, datetime

from fraud.adapters.job_queue import ReplayQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.replays_table import ReplayPage, ReplaysTable
from fraud.domain.caller import Caller
from fraud.domain.jobs import parse_job_id
from fraud.domain.replays import Replay, ReplayRequest
from fraud.services.finding_models import find_record
from fraud.services.leased_jobs import queue_registered


def request_replay(
    name: str,
    request: ReplayRequest,
    caller: Caller,
    models: ModelsTable,
    replays: ReplaysTable,
    queue: ReplayQueue,
) -> Replay:
    """Register a replay and queue it; the model may be in any state.

    Raises
    ------
    InvalidValue
        When the window is empty, too long, or in the future.
    NotFound
        When there is no such model.
    Unavailable
        When a table or the queue does not answer.
    """
    now = datetime.now(UTC)
    window = request.checked(now)
    record = find_record(name, models)
    replay = replays.register(record.name, window, caller.client, now)
    return queue_registered(replay, replays, queue, swept=False)


def find_replay(replay_id: str, replays: ReplaysTable) -> Replay:
    """One replay, whoever asked for it.

    Raises
    ------
    NotFound
        When there is none of that id.
    """
    return replays.get(parse_job_id(replays.kind, replay_id))


def list_replays(limit: int, token: str | None, replays: ReplaysTable) -> ReplayPage:
    """A page of replays, newest first."""
    return replays.newest(limit, None, token)
