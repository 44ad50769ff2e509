"""The end of a bulk scoring: parts counted, merged, listed; or why there is no result."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fraud.adapters.merged_object import MAX_PARTS, Segment
from fraud.adapters.scoring_bucket import (
    MANIFEST,
    MERGED,
    ScoringBucket,
    part_name,
    refused_name,
)
from fraud.adapters.scorings_table import ScoringsTable
from fraud.domain.errors import Conflict
from fraud.domain.score_counts import ScoreCounts
from fraud.domain.scorings import (
    OPEN,
    Scoring,
    ScoringFailure,
    ScoringResult,
    ScoringStatus,
    Shard,
    ShardReport,
)

type Merge = Callable[[Sequence[Segment], str], None]
"""Writes segments of a scoring's files one after the other into an object."""

UNKNOWN_FAILURE = ScoringFailure(
    code="internal",
    message="Something went wrong on our side; the log of the scoring's id says what. "
    "Send the request again.",
)


@dataclass
class MapResults:
    """What the children of a map left behind, in the order of the rows."""

    reports: list[ShardReport] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, bucket: ScoringBucket, manifest_key: str) -> MapResults:
        """Read the engine's record of a map."""
        found = cls()
        for succeeded, record in bucket.results_of_map(manifest_key):
            if succeeded:
                found.reports.append(ShardReport.model_validate(record))
            else:
                shard = Shard.model_validate(json.loads(record["Input"])["shard"])
                found.failed.append({"range": shard.shown, "error": record.get("Error", "")})
        found.reports.sort(key=lambda report: report.name)
        return found

    @property
    def counts(self) -> ScoreCounts:
        """All rows."""
        return ScoreCounts.total(report.counts for report in self.reports)

    @property
    def size_bytes(self) -> int:
        """Of all parts."""
        return sum(report.size_bytes for report in self.reports)

    @property
    def alike(self) -> bool:
        """Whether all parts have the same header."""
        return len({report.header_sha256 for report in self.reports}) == 1


@dataclass(frozen=True)
class ScoringEnd:
    """Brings scorings to their end."""

    scorings: ScoringsTable
    bucket: ScoringBucket
    merge: Merge
    max_merged_bytes: int

    def finish(self, scoring_id: str, manifest_key: str) -> None:
        """Merge and list the parts; the manifest comes last, and only where nobody cancelled.

        Raises
        ------
        Unavailable
            When trying again may help.
        """
        scoring = self.scorings.get(scoring_id)
        if scoring.status.terminal:
            return
        results = MapResults.read(self.bucket, manifest_key)
        counts = results.counts
        if counts.rows > scoring.limits.max_rows:
            message = (
                f"These are {counts.rows:,} rows, and {scoring.limits.max_rows:,} are allowed."
            )
            self.fail(scoring_id, ScoringFailure(code="too_many_rows", message=message))
            return
        result = ScoringResult(
            parts=len(results.reports),
            refused_parts=sum(bool(report.counts.refused) for report in results.reports),
            failed_parts=len(results.failed),
            result_bytes=results.size_bytes,
            merged=self._merged(scoring, results),
        )
        self.bucket.put(scoring_id, MANIFEST, self._manifest(scoring, results, result))
        now = datetime.now(UTC)
        try:
            self.scorings.change(
                scoring_id,
                [ScoringStatus.PROCESSING],
                now,
                status=ScoringStatus.PROCESSED,
                finished_at=now.isoformat(),
                counts=counts,
                result=result,
            )
        except Conflict:
            # A write whose answer was lost is our own; anything else came first.
            if self.scorings.get(scoring_id).status is not ScoringStatus.PROCESSED:
                self.bucket.delete(scoring_id, MANIFEST)

    def fail(self, scoring_id: str, failure: ScoringFailure | None = None) -> bool:
        """Say why there is no result: what a worker noted first, where nothing else is known.

        Returns
        -------
        bool
            Whether the reason lies in what was asked, and not with us.
        """
        scoring = self.scorings.get(scoring_id)
        error = failure or scoring.first_failure or UNKNOWN_FAILURE
        now = datetime.now(UTC)
        with suppress(Conflict):
            self.scorings.change(
                scoring_id,
                OPEN,
                now,
                status=ScoringStatus.ERROR,
                finished_at=now.isoformat(),
                error=error,
            )
        return error is not UNKNOWN_FAILURE or scoring.status.terminal

    def _merged(self, scoring: Scoring, results: MapResults) -> bool:
        """Merge the parts, where that was asked for and can be done; each has its own header."""
        fits = results.size_bytes <= self.max_merged_bytes and len(results.reports) < MAX_PARTS
        if scoring.request.output != "merged" or not fits or not results.alike:
            return False
        segments = [
            Segment(
                self.bucket.key(scoring.id, part_name(report.name)),
                report.header_bytes if number else 0,
                report.size_bytes,
            )
            for number, report in enumerate(results.reports)
        ]
        self.merge(segments, self.bucket.key(scoring.id, MERGED))
        return True

    def _manifest(self, scoring: Scoring, results: MapResults, result: ScoringResult) -> bytes:
        plan = scoring.plan
        listed = [
            {
                "key": self.bucket.key(scoring.id, part_name(report.name)),
                "bytes": report.size_bytes,
                "rows": report.counts.scored_rows,
                "refused": self.bucket.key(scoring.id, refused_name(report.name))
                if report.counts.refused
                else None,
            }
            for report in results.reports
        ]
        manifest = {
            "id": scoring.id,
            "bucket": self.bucket.name,
            "model": plan.model.model_dump() if plan else None,
            "counts": results.counts.model_dump(),
            "merged": self.bucket.key(scoring.id, MERGED) if result.merged else None,
            "parts": listed,
            "failed": results.failed,
        }
        return json.dumps(manifest, indent=1).encode()
