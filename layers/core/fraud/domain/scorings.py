"""Bulk scoring: the request, its way from pending to processed, and the ranges it is done in."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fraud.domain.byte_ranges import ByteRange
from fraud.domain.links import MAX_LINK_CHARS
from fraud.domain.score_counts import ScoreCounts
from fraud.domain.ulids import ALPHABET, new_ulid

PREFIX = "sc_"
MAX_CONCURRENCY = 10_000
"""Children that one Distributed Map runs at once, at most."""
MIN_USD, MAX_USD, MAX_ROWS = 0.000001, 1_000_000_000, 10**15
MAX_SHARDS = 200_000
"""Ranges of one scoring, at most: 13 TB by 64 MiB."""

ID_PATTERN = rf"{PREFIX}[0-7][{ALPHABET}]{{25}}"


def _rounded(percentage: float) -> float:
    """Percentages to four places: what is far below them could not even be stored."""
    return round(percentage, 4) + 0.0


Percentage = Annotated[float, Field(ge=0, le=100), AfterValidator(_rounded)]


class ScoringStatus(StrEnum):
    """Where a bulk scoring is."""

    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Whether nothing will change any more."""
        return self not in OPEN


OPEN = (ScoringStatus.PENDING, ScoringStatus.PROCESSING)
"""States that still change."""


class ScoringRequest(BaseModel):
    """What to score, and how much that may take."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    dataset: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LINK_CHARS,
            description="CSV, plain or gzipped: an http, https or s3 link to a file, or an s3 "
            "link that ends with a slash for every file below it.",
            examples=["s3://bucket/transactions/"],
            json_schema_extra={"format": "uri"},
        ),
    ]
    model: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="By default the enabled model."),
    ] = None
    reasons: Annotated[
        bool, Field(description="Whether to say why; takes some fifteen times as long.")
    ] = False
    output: Annotated[
        Literal["merged", "parts"],
        Field(description="`merged` adds one file of all parts where it is not too large."),
    ] = "merged"
    max_concurrency: Annotated[
        int | None, Field(ge=1, le=MAX_CONCURRENCY, description="Ranges scored at once, at most.")
    ] = None
    tolerated_failure_percentage: Annotated[
        Percentage | None,
        Field(description="Ranges that may fail before the scoring does, 0 to 100."),
    ] = None
    max_rows: Annotated[int | None, Field(ge=1, le=MAX_ROWS, description="Rows, at most.")] = None
    max_cost_usd: Annotated[
        float | None,
        Field(ge=MIN_USD, le=MAX_USD, description="Estimated cost, at most, in US dollars."),
    ] = None


class ScoringLimits(BaseModel):
    """How much a scoring may take; the stack's parameters are the defaults, caps are the most."""

    model_config = ConfigDict(frozen=True)

    max_concurrency: Annotated[int, Field(description="Ranges scored at once, at most.")]
    tolerated_failure_percentage: Annotated[
        float, Field(description="Ranges that may fail before the scoring does, 0 to 100.")
    ]
    max_rows: Annotated[int, Field(description="Rows, at most.")]
    max_cost_usd: Annotated[float, Field(description="Estimated cost, at most, in US dollars.")]


class CostEstimate(BaseModel):
    """What a scoring will cost in US dollars, by public prices of us-east-1."""

    model_config = ConfigDict(frozen=True)

    lambda_usd: Annotated[float, Field(description="The workers' time and requests.")]
    step_functions_usd: Annotated[float, Field(description="The map and its children.")]
    s3_usd: Annotated[float, Field(description="Requests; storage is not in it.")]
    dynamodb_usd: Annotated[float, Field(description="Writes that count the progress.")]
    total_usd: Annotated[float, Field(description="All of it.")]


class PinnedModel(BaseModel):
    """The model that scores every row, whatever is released meanwhile."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(description="Name of the model.")]
    version: Annotated[int, Field(description="Its version in the registry.")]


class ScoringPlan(BaseModel):
    """What there is to do, as found at the start."""

    model_config = ConfigDict(frozen=True)

    model: Annotated[PinnedModel, Field(description="What scores every row.")]
    files: Annotated[int, Field(description="Files found.")]
    shards: Annotated[int, Field(description="Ranges they were cut into.")]
    input_bytes: Annotated[int, Field(description="Bytes of all files.")]
    estimated_rows: Annotated[int, Field(description="Rows, by the length of the first ones.")]
    estimated_cost: Annotated[CostEstimate, Field(description="By public prices.")]


NotMerged = Literal[
    "not_asked", "failed_ranges", "headers_differ", "too_large", "too_many_parts", "too_slow"
]
"""Why there is no file of all parts."""


class ScoringResult(BaseModel):
    """What there is at the end; `merged` says whether there is one file of all parts."""

    model_config = ConfigDict(frozen=True)

    parts: Annotated[int, Field(description="Files of scored rows.")]
    refused_parts: Annotated[int, Field(description="Files of rows without a score.")]
    failed_parts: Annotated[int, Field(description="Ranges given up, where that is tolerated.")]
    result_bytes: Annotated[int, Field(description="Bytes of all parts.")]
    merged: Annotated[bool, Field(description="Whether there is one file of all parts.")]
    not_merged: Annotated[
        NotMerged | None, Field(description="Why there is none; `failed_ranges`: rows are missing.")
    ] = None


class ScoringFailure(BaseModel):
    """Why a scoring ended without a result."""

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, Field(description="Stable, for programs.")]
    message: Annotated[str, Field(description="What was wrong, and what to do about it.")]


class Scoring(BaseModel):
    """One row of the scorings table; `first_failure` is that of a range no retry helps."""

    id: str
    status: ScoringStatus = ScoringStatus.PENDING
    request: ScoringRequest
    limits: ScoringLimits
    client: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    plan: ScoringPlan | None = None
    counts: ScoreCounts | None = None
    result: ScoringResult | None = None
    first_failure: ScoringFailure | None = None
    error: ScoringFailure | None = None


class Shard(BaseModel):
    """A range of one file, in the plan's order; `shards` is how many the file has."""

    model_config = ConfigDict(frozen=True)

    file: int
    bucket: str
    key: str
    etag: str
    file_bytes: int
    start: int
    end: int
    shards: int = 1

    @property
    def range(self) -> ByteRange:
        """Its bytes."""
        return ByteRange(self.start, self.end)

    @property
    def name(self) -> str:
        """Says which range this is; sorts as the rows do."""
        return f"{self.file:06d}-{self.start:015d}"

    @property
    def shown(self) -> str:
        """The range in words."""
        return f"s3://{self.bucket}/{self.key} bytes {self.start:,} to {self.end:,}"


class ShardReport(BaseModel):
    """What came of a range: the part's size with its header of `header_bytes`, and the counts."""

    model_config = ConfigDict(frozen=True)

    name: str
    size_bytes: int
    header_bytes: int
    header_sha256: str
    counts: ScoreCounts


class ScoringProgress(BaseModel):
    """What is done so far."""

    shards: int = 0
    files: int = 0
    counts: ScoreCounts = ScoreCounts()


def new_scoring_id(at: datetime) -> str:
    """An id never given before."""
    return PREFIX + new_ulid(at)


def is_scoring_id(text: str) -> bool:
    """Whether a text has the form of our ids."""
    return re.fullmatch(ID_PATTERN, text, re.ASCII) is not None
