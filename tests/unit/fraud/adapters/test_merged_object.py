"""Objects of any size come to one, in their order, whole or not at all."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest
from moto import mock_aws

from fraud.adapters.merged_object import MIN_PART_BYTES, Segment, merge
from fraud.domain.errors import FraudError
from fraud.domain.worker_times import READS_AT_ONCE

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


def test_parts_of_any_size_come_in_their_order(s3: Any) -> None:
    chance = random.Random(3)  # noqa: S311 - sizes
    sizes = [*(chance.randrange(40_000) for _ in range(60)), MIN_PART_BYTES + 7, 5, 0, 2, 9_000_000]
    contents = [bytes([65 + n % 26]) * size for n, size in enumerate(sizes)]
    assert merge(s3, BUCKET, stored(s3, contents), TARGET)
    assert merged(s3) == HEADER + b"".join(contents)


def test_small_parts_are_fetched_several_at_a_time(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments = stored(s3, [b"1,2\n"] * 40)
    lock, under_way, most, get = threading.Lock(), 0, 0, s3.get_object

    def slow(**asked: Any) -> Any:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.005)
        with lock:
            under_way -= 1
            return get(**asked)

    monkeypatch.setattr(s3, "get_object", slow)
    assert merge(s3, BUCKET, segments, TARGET)
    assert most == READS_AT_ONCE
    assert merged(s3) == HEADER + b"1,2\n" * 40


def test_what_takes_too_long_is_given_up_and_leaves_nothing(s3: Any) -> None:
    assert not merge(s3, BUCKET, stored(s3, [b"1,2\n"] * 3), TARGET, within_s=-1)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)
    with pytest.raises(s3.exceptions.NoSuchKey):
        merged(s3)


def test_a_part_that_is_not_there_leaves_nothing_either(s3: Any) -> None:
    segments = [*stored(s3, [b"1,2\n"]), Segment("parts/gone.csv", 0, 9)]
    with pytest.raises(FraudError):
        merge(s3, BUCKET, segments, TARGET)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)
