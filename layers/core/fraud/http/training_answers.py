"""What the training routes answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from fraud.adapters.trainings_table import TrainingPage
from fraud.domain.findings import Finding
from fraud.domain.jobs import JobStatus
from fraud.domain.trainings import PolicyRequest, Training, TrainingStage


class TrainingAccepted(BaseModel):
    """The answer to a training request."""

    id: Annotated[int, Field(description="Ask GET /api/v1/training/{id} how it is going.")]


class TrainingFailure(BaseModel):
    """Why a training ended in error."""

    code: str
    message: Annotated[str, Field(description="What was wrong, and what to do about it.")]


class TrainingAnswer(BaseModel):
    """A training, as its client sees it."""

    id: int
    status: JobStatus
    stage: TrainingStage
    progress: Annotated[float, Field(ge=0, le=1, description="0 when queued, 1 when it has ended.")]
    dataset: str
    feature_set: str | None
    seed: int
    split: str
    policy: PolicyRequest | None
    promote: str
    client: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    model: Annotated[str | None, Field(description="The model it made.")]
    metrics: Annotated[dict[str, Any] | None, Field(description="On held-out rows.")]
    decision: Annotated[
        dict[str, Any] | None, Field(description="Whether the model was enabled, and why.")
    ]
    findings: Annotated[list[Finding], Field(description="What is noteworthy about the dataset.")]
    error: TrainingFailure | None

    @classmethod
    def of(cls, training: Training) -> Self:
        """Leave out what only workers need."""
        return cls.model_validate(
            {
                **training.model_dump(exclude={"request", "fence", "lease_until", "dataset_copy"}),
                **training.request.model_dump(),
            }
        )


class TrainingList(BaseModel):
    """A page of trainings, newest first."""

    trainings: list[TrainingAnswer]
    next: Annotated[str | None, Field(description="Pass as `next` for the following page.")]

    @classmethod
    def of(cls, page: TrainingPage) -> Self:
        """A page as its client sees it."""
        return cls(trainings=[TrainingAnswer.of(t) for t in page.jobs], next=page.next_token)


class UploadRequest(BaseModel):
    """What an upload needs to say: nothing so far, `{}`."""

    model_config = ConfigDict(strict=True, extra="forbid")


class UploadAnswer(BaseModel):
    """A presigned upload."""

    upload_url: Annotated[str, Field(description="PUT the CSV file here.")]
    dataset: Annotated[str, Field(description="Then train from this link.")]
    expires_s: Annotated[int, Field(description="Seconds until the upload link closes.")]
