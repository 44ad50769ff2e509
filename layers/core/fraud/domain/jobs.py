"""Work that a queue carries to workers: its states, and what a worker's lease leaves in its row."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.errors import NotFound

MAX_ATTEMPTS = 3
"""How often a job is begun without coming further, however its workers end."""
WORKER_LOST = "worker_lost"
_JOB_ID = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


class JobStatus(StrEnum):
    """The original's four states."""

    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    ERROR = "error"

    @property
    def terminal(self) -> bool:
        """Whether nothing will change any more."""
        return self in {JobStatus.PROCESSED, JobStatus.ERROR}


class Job(BaseModel):
    """What the rows of all jobs have.

    `fence` grows with every claim; a worker writes only while its own fence is the newest, so a
    straggler whose lease ran out can change nothing.
    """

    # A row that cannot be read ends up in the log, without the links and names it holds.
    model_config = ConfigDict(hide_input_in_errors=True)

    id: int = Field(ge=1)
    status: JobStatus = JobStatus.PENDING
    progress: float = Field(default=0.0, ge=0, le=1)
    client: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    error: dict[str, str] | None = None


def parse_job_id(kind: str, text: str) -> int:
    """Read an id from a path.

    Raises
    ------
    NotFound
        When no job of any kind can have it.
    """
    if not _JOB_ID.fullmatch(text):
        raise NotFound(f"there is no such {kind}; ids are whole numbers from 1 on")
    return int(text)
