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
from fraud.domain.errors import Conflict, DatasetError
from fraud.domain.score_counts import ScoreCounts
from fraud.domain.scorings import (
    OPEN,
    NotMerged,
    Scoring,
    ScoringFailure,
    ScoringResult,
    ScoringStatus,
    Shard,
    ShardReport,
)

type Merge = Callable[[Sequence[Segment], str], bool]
"""Writes segments of a scoring's files one after the other into an object, if there is time."""

MERGE_WITHIN_S = 600
"""Of the 900 seconds that the function has."""
DATASETS_FAULT = ("States.ExceedToleratedFailureThreshold", "DatasetError")
"""What a workflow whose plan was made fails with when the reason is one that a range noted."""
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

    def obstacle(self, max_bytes: int) -> NotMerged | None:
        """Why the parts cannot be one file of at most so many bytes, None where they can."""
        if self.failed:
            return "failed_ranges"
        if len({report.header_sha256 for report in self.reports}) > 1:
            return "headers_differ"
        if self.size_bytes > max_bytes:
            return "too_large"
        return "too_many_parts" if len(self.reports) >= MAX_PARTS else None


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
        DatasetError
            When not one range could be scored.
        RuntimeError
            When there is neither a part nor a failure of some range.
        Unavailable
            When trying again may help.
        """
        scoring = self.scorings.get(scoring_id)
        if scoring.status.terminal:
            self._withdraw(scoring)
            return
        results = MapResults.read(self.bucket, manifest_key)
        _check_complete(scoring, results)
        counts = results.counts
        if counts.rows > scoring.limits.max_rows:
            message = (
                f"These are {counts.rows:,} rows, and {scoring.limits.max_rows:,} are allowed; "
                "raise max_rows, or send fewer."
            )
            self._end(scoring_id, ScoringFailure(code="too_many_rows", message=message))
            return
        not_merged = self._merge(scoring, results)
        result = ScoringResult(
            parts=len(results.reports),
            refused_parts=sum(bool(report.counts.refused) for report in results.reports),
            failed_parts=len(results.failed),
            result_bytes=results.size_bytes,
            merged=not_merged is None,
            not_merged=not_merged,
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
            self._withdraw(self.scorings.get(scoring_id))

    def fail(self, scoring_id: str, error: str | None = None) -> bool:
        """Say why there is no result: what a plan or a range noted, where that is the reason.

        Parameters
        ----------
        error
            What the workflow failed with.

        Returns
        -------
        bool
            Whether the reason lies in what was asked, and not with us.
        """
        scoring = self.scorings.get(scoring_id)
        noted = scoring.first_failure
        if scoring.plan is not None and error not in DATASETS_FAULT:
            # A range that failed was tolerated; then we failed.
            noted = None
        ended = self._end(scoring_id, noted or UNKNOWN_FAILURE)
        return ended.error != UNKNOWN_FAILURE

    def _end(self, scoring_id: str, failure: ScoringFailure) -> Scoring:
        """End a scoring that has not ended, and leave nothing that looks like its result."""
        now = datetime.now(UTC)
        with suppress(Conflict):
            self.scorings.change(
                scoring_id,
                OPEN,
                now,
                status=ScoringStatus.ERROR,
                finished_at=now.isoformat(),
                error=failure,
            )
        ended = self.scorings.get(scoring_id)
        self._withdraw(ended)
        return ended

    def _withdraw(self, ended: Scoring) -> None:
        if ended.status is not ScoringStatus.PROCESSED:
            self.bucket.withdraw(ended.id)

    def _merge(self, scoring: Scoring, results: MapResults) -> NotMerged | None:
        """Merge the parts, or say why not; each has its own header."""
        if scoring.request.output != "merged":
            return "not_asked"
        if obstacle := results.obstacle(self.max_merged_bytes):
            return obstacle
        segments = [
            Segment(
                self.bucket.key(scoring.id, part_name(report.name)),
                report.header_bytes if number else 0,
                report.size_bytes,
            )
            for number, report in enumerate(results.reports)
        ]
        done = self.merge(segments, self.bucket.key(scoring.id, MERGED))
        return None if done else "too_slow"

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
            "not_merged": result.not_merged,
            "parts": listed,
            "failed": results.failed,
        }
        return json.dumps(manifest, indent=1).encode()


def _check_complete(scoring: Scoring, results: MapResults) -> None:
    parts, failed = len(results.reports), len(results.failed)
    if failed and not parts:
        raise DatasetError(f"none of {failed:,} ranges could be scored", code="nothing_scored")
    planned = scoring.plan.shards if scoring.plan else 0
    if parts + failed != planned:
        raise RuntimeError(f"of {planned:,} ranges {parts:,} have a part and {failed:,} failed")
