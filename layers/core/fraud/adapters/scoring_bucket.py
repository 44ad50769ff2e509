"""What a bulk scoring leaves in the data bucket, below `scoring/<id>/`.

`input` is a copy of a dataset that was fetched, `plan.json` the ranges, `parts/` and `refused/`
what came of each, `map/` the engine's record of it, `result.csv` all parts in one, and
`manifest.json`, written last: without it there is no result, whatever else is there. All of it
expires.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fraud.adapters.aws_errors import translated
from fraud.domain.errors import NotFound
from fraud.domain.scorings import ShardReport

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCORING_PREFIX = "scoring/"
MANIFEST, MERGED, PLAN, INPUT = "manifest.json", "result.csv", "plan.json", "input"
MAP_RECORDS, PARTS, REFUSED = "map", "parts", "refused"
REPORT = "report"
RESULT_LINK_S = 3600


class ScoringBucket:
    """The files of bulk scorings."""

    def __init__(self, client: S3Client, bucket_name: str) -> None:
        self._client = client
        self.name = bucket_name

    def key(self, scoring_id: str, name: str) -> str:
        """Where a file of a scoring is."""
        return f"{SCORING_PREFIX}{scoring_id}/{name}"

    def put(self, scoring_id: str, name: str, content: bytes) -> None:
        """Write a small file; again writes it over."""
        with translated(f"writing {name}"):
            self._client.put_object(Bucket=self.name, Key=self.key(scoring_id, name), Body=content)

    def put_file(self, scoring_id: str, name: str, path: Path) -> None:
        """Write a file of any size that fits one request, 5 GB."""
        with path.open("rb") as body, translated(f"writing {name}"):
            self._client.put_object(Bucket=self.name, Key=self.key(scoring_id, name), Body=body)

    def report(self, scoring_id: str, shard_name: str) -> ShardReport | None:
        """What came of a range, None where it has no part yet."""
        try:
            with translated("looking for the part"):
                answer = self._client.head_object(
                    Bucket=self.name, Key=self.key(scoring_id, part_name(shard_name))
                )
        except NotFound:
            return None
        return ShardReport.model_validate_json(answer["Metadata"][REPORT])

    def add_part(self, scoring_id: str, report: ShardReport, path: Path) -> None:
        """Write the part of a range, and its report with it, if there is none.

        Raises
        ------
        Conflict
            When there is one.
        """
        with path.open("rb") as body, translated("writing the part"):
            self._client.put_object(
                Bucket=self.name,
                Key=self.key(scoring_id, part_name(report.name)),
                Body=body,
                IfNoneMatch="*",
                ContentType="text/csv",
                Metadata={REPORT: report.model_dump_json()},
            )

    def results_of_map(self, manifest_key: str) -> Iterator[tuple[bool, dict[str, Any]]]:
        """Yield what the engine wrote of each child: whether it succeeded, and its record."""
        manifest = json.loads(b"".join(self._lines(manifest_key)))
        for status in ("SUCCEEDED", "FAILED"):
            for file in manifest["ResultFiles"].get(status, []):
                for line in self._lines(file["Key"]):
                    if line.strip():
                        yield status == "SUCCEEDED", json.loads(line)

    def delete(self, scoring_id: str, name: str) -> None:
        """Take a file away."""
        with suppress(NotFound), translated(f"deleting {name}"):
            self._client.delete_object(Bucket=self.name, Key=self.key(scoring_id, name))

    def listed(
        self, scoring_id: str, folder: str, after: str | None, page_size: int
    ) -> Iterator[tuple[str, int]]:
        """Yield ranges that have a file in a folder, and its size, in the order of the rows.

        Parameters
        ----------
        folder
            PARTS or REFUSED.
        after
            Name of the range to begin after, by default with the first.
        page_size
            How many S3 is asked for at once.
        """
        prefix = f"{self.key(scoring_id, folder)}/"
        begin = {"StartAfter": f"{prefix}{after}.csv"} if after else {}
        with translated("listing the parts"):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name,
                Prefix=prefix,
                PaginationConfig={"PageSize": page_size},
                **begin,  # type: ignore[arg-type]
            )
            for page in pages:
                for found in page.get("Contents", []):
                    name = found["Key"].removeprefix(prefix).removesuffix(".csv")
                    yield name, found["Size"]

    def withdraw(self, scoring_id: str) -> None:
        """Take away what makes parts a result, of a scoring that came to none."""
        self.delete(scoring_id, MANIFEST)
        self.delete(scoring_id, MERGED)

    def link(self, scoring_id: str, name: str) -> str:
        """A link that the file can be fetched from, for an hour."""
        with translated("preparing the download"):
            return self._client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self.name, "Key": self.key(scoring_id, name)},
                ExpiresIn=RESULT_LINK_S,
            )

    def _lines(self, key: str) -> Iterable[bytes]:
        with translated("reading the engine's results"):
            answer = self._client.get_object(Bucket=self.name, Key=key)
            yield from answer["Body"].iter_lines(chunk_size=1 << 16, keepends=True)


def part_name(shard_name: str) -> str:
    """The part of a range."""
    return f"{PARTS}/{shard_name}.csv"


def refused_name(shard_name: str) -> str:
    """The refused rows of a range."""
    return f"{REFUSED}/{shard_name}.csv"
