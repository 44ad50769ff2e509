"""Objects of any size come to one, in their order, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from fraud.adapters.merged_object import MIN_PART_BYTES, Segment, merge

BUCKET, TARGET = "files", "result.csv"
HEADER = b"id,score\n"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def stored(s3: Any, contents: Sequence[bytes]) -> list[Segment]:
    """Store parts that begin with a header; what of each belongs in the merged one."""
    segments = []
    for number, content in enumerate(contents):
        key = f"parts/{number:06d}.csv"
        s3.put_object(Bucket=BUCKET, Key=key, Body=HEADER + content)
        start = len(HEADER) if number else 0
        segments.append(Segment(key, start, len(HEADER) + len(content)))
    return segments


def merged(s3: Any) -> bytes:
    return bytes(s3.get_object(Bucket=BUCKET, Key=TARGET)["Body"].read())


@pytest.mark.parametrize(
    "contents",
    [
        [b"1,2\n", b"", b"3,4\n"],
        [b"", b"1,2\n", b"3,4\n"],
        [b"1,2\n", b"3,4\n", b""],
        [b"", b"", b""],
        [b"x" * MIN_PART_BYTES, b"", b"y" * MIN_PART_BYTES],
    ],
    ids=["middle", "first", "last", "all", "between large ones"],
)
def test_a_part_without_rows_adds_none(s3: Any, contents: list[bytes]) -> None:
    merge(s3, BUCKET, stored(s3, contents), TARGET)
    assert merged(s3) == HEADER + b"".join(contents)
