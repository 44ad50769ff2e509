"""What the scoring routes answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BaseModel, Field

from fraud.adapters.scorings_table import ScoringPage
from fraud.domain.scorings import (
    Scoring,
    ScoringFailure,
    ScoringLimits,
    ScoringPlan,
    ScoringProgress,
    ScoringResult,
    ScoringStatus,
)

ScoringId = Annotated[str, Path(description="Id of the scoring, as `POST scoring` gave it.")]


class ScoringAccepted(BaseModel):
    """The answer to a scoring request."""

    id: Annotated[str, Field(description="Ask GET /api/v1/scoring/{id} how it is going.")]


class ScoringSummary(BaseModel):
    """A scoring, as a list shows it."""

    id: str
    status: ScoringStatus
    dataset: str
    reasons: bool
    client: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    limits: ScoringLimits
    plan: Annotated[
        ScoringPlan | None, Field(description="Model, files, ranges and estimated cost.")
    ]
    rows: Annotated[int | None, Field(description="Rows read, once it is processed.")]
    result: ScoringResult | None
    error: ScoringFailure | None

    @classmethod
    def of(cls, scoring: Scoring) -> Self:
        """Leave out what only workers need."""
        return cls.model_validate(_facts(scoring))


class ScoringLinks(BaseModel):
    """Where the result can be fetched from."""

    manifest: Annotated[str, Field(description="Lists parts, refused rows and counts.")]
    merged: Annotated[str | None, Field(description="All parts in one CSV file.")]
    expires_s: Annotated[int, Field(description="Seconds until these links close.")]


class ScoringAnswer(ScoringSummary):
    """A scoring, as its client sees it."""

    progress: Annotated[float, Field(ge=0, le=1, description="Share of the ranges done.")]
    rows_done: Annotated[int, Field(description="Rows scored or refused so far.")]
    files_done: Annotated[int, Field(description="Files read whole so far.")]
    outcomes: Annotated[dict[str, int], Field(description="Rows by outcome, so far.")]
    refused_rows: Annotated[int, Field(description="Rows without a score, so far.")]
    refused: Annotated[
        dict[str, int],
        Field(description="Those by reason, once it is processed.", examples=[{"ragged_rows": 2}]),
    ]
    links: ScoringLinks | None

    @classmethod
    def found(
        cls,
        scoring: Scoring,
        progress: ScoringProgress,
        manifest: str | None,
        merged: str | None,
        expires_s: int,
    ) -> Self:
        """A scoring with how far it is; at the end, what was counted in the parts."""
        plan, done = scoring.plan, scoring.status is ScoringStatus.PROCESSED
        counts = scoring.counts or progress.counts
        links = None
        if manifest:
            links = ScoringLinks(manifest=manifest, merged=merged, expires_s=expires_s)
        shares = progress.shards / plan.shards if plan else 0.0
        return cls.model_validate(
            {
                **_facts(scoring),
                "progress": 1.0 if done else min(shares, 1.0),
                "rows_done": counts.rows,
                "files_done": plan.files if done and plan else progress.files,
                "outcomes": counts.outcomes,
                "refused_rows": counts.refused_rows,
                "refused": scoring.counts.refused if scoring.counts else {},
                "links": links,
            }
        )


class ScoringList(BaseModel):
    """A page of scorings, newest first."""

    scorings: list[ScoringSummary]
    next: Annotated[str | None, Field(description="Pass as `next` for the following page.")]

    @classmethod
    def of(cls, page: ScoringPage) -> Self:
        """A page as its client sees it."""
        return cls(scorings=[ScoringSummary.of(s) for s in page.scorings], next=page.next_token)


class ScoringPart(BaseModel, from_attributes=True):
    """A file of scored rows with a header of its own."""

    name: Annotated[str, Field(description="Sorts as the rows do.")]
    bytes: Annotated[int, Field(description="Its size.")]
    link: Annotated[str, Field(description="Where it can be fetched from.")]
    refused: Annotated[
        str | None, Field(description="Link to the rows of its range without a score, and why.")
    ]


class ScoringParts(BaseModel, from_attributes=True):
    """A page of parts, in the order of the rows."""

    parts: Annotated[list[ScoringPart], Field(description="Join their rows for the whole result.")]
    expires_s: Annotated[int, Field(description="Seconds until these links close.")]
    next: Annotated[str | None, Field(description="Pass as `next` for the following page.")]


class CancelRequest(BaseModel, extra="forbid"):
    """What calling a scoring off needs to say: nothing, `{}`."""


class ScoringCancelled(BaseModel):
    """The answer to a cancellation."""

    id: str
    status: ScoringStatus


def _facts(scoring: Scoring) -> dict[str, object]:
    return {
        **scoring.model_dump(exclude={"request", "counts", "first_failure"}),
        "dataset": scoring.request.dataset,
        "reasons": scoring.request.reasons,
        "rows": scoring.counts.rows if scoring.counts else None,
    }
