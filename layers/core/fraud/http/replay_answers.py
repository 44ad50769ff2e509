"""What the replay routes answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from fraud.adapters.replays_table import ReplayPage
from fraud.domain.jobs import JobStatus
from fraud.domain.replay_results import ReplayResult, replay_result
from fraud.domain.replays import Replay


class ReplayAccepted(BaseModel):
    """The answer to a replay request."""

    id: Annotated[int, Field(description="Ask GET /api/v1/replays/{id} how it is going.")]


class ReplayFailure(BaseModel):
    """Why a replay ended in error."""

    code: str
    message: str


class ReplaySummary(BaseModel):
    """A replay in a list; what does not apply is absent."""

    id: int
    status: JobStatus
    progress: Annotated[float, Field(ge=0, le=1, description="0 when queued, 1 when done.")]
    model: str
    since: Annotated[datetime, Field(serialization_alias="from")]
    until: Annotated[datetime, Field(serialization_alias="to")]
    client: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: ReplayFailure | None = None

    @classmethod
    def of(cls, replay: Replay) -> Self:
        """Leave out what only workers need."""
        return cls.model_validate(replay.model_dump(exclude={"counts"}))


class ReplayList(BaseModel):
    """A page of replays, newest first."""

    replays: list[ReplaySummary]
    next: Annotated[str | None, Field(description="Pass as `next` for the following page.")]


class ReplayAnswer(ReplaySummary):
    """A replay, with what came of it once it is processed."""

    result: ReplayResult | None = None


def list_answer(page: ReplayPage) -> dict[str, Any]:
    """A `ReplayList` as plain values."""
    replays = [_plain(ReplaySummary.of(replay)) for replay in page.jobs]
    return {"replays": replays, "next": page.next_token}


def replay_answer(replay: Replay) -> dict[str, Any]:
    """A `ReplayAnswer` as plain values."""
    answer = ReplayAnswer.of(replay)
    if replay.status is JobStatus.PROCESSED:
        answer.result = replay_result(replay)
    return _plain(answer)


def _plain(answer: ReplaySummary) -> dict[str, Any]:
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)
