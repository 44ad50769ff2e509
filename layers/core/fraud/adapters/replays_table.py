"""The replays table."""

from __future__ import annotations

from datetime import datetime

from fraud.adapters.jobs_table import JobPage, JobsTable
from fraud.domain.replays import Replay, ReplayRequest

type ReplayPage = JobPage[Replay]


class ReplaysTable(JobsTable[Replay]):
    """Replays by id."""

    kind = "replay"
    job_type = Replay

    def register(self, model: str, window: ReplayRequest, client: str, now: datetime) -> Replay:
        """Give a replay of a model over a window its id and store it as pending."""
        return self.add(
            Replay(
                id=self.next_id(),
                model=model,
                since=window.since,
                until=window.until,
                client=client,
                created_at=now,
                updated_at=now,
            )
        )

    def save_place(self, replay: Replay, progress: float, now: datetime) -> Replay:
        """Write how far a claimed replay has come, and what it has counted until there.

        Raises
        ------
        LeaseLost
            When another worker has claimed it since, or it has ended.
        """
        return self.update(
            replay,
            now,
            part=replay.part,
            after=replay.after,
            counts=replay.counts.model_dump(),
            progress=progress,
            attempts=0,
        )
