"""What the beginnings of files say of all their rows, read from moto's S3."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence

import boto3
import numpy as np
import pytest
from moto import mock_aws

from fraud.adapters.dataset_objects import DatasetObjects, StoredObject
from fraud.domain.errors import DatasetError
from fraud_training.scoring.openings import SAMPLED_FILES, Sample, look, sample

HEADER = b"day_of_month,type,amount_log,amount_dest\n"
type Stored = Callable[..., list[StoredObject]]


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[DatasetObjects]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "tests")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="data")
        yield DatasetObjects(client)


@pytest.fixture
def stored(objects: DatasetObjects) -> Stored:
    def put(*contents: bytes) -> list[StoredObject]:
        client = boto3.client("s3", region_name="us-east-1")
        for number, content in enumerate(contents):
            client.put_object(Bucket="data", Key=f"files/{number:05}.csv", Body=content)
        return list(objects.below("data", "files/"))

    return put


def rows(count: int, seed: int = 1) -> list[bytes]:
    numbers = np.random.default_rng(seed).random((count, 2)).tolist()
    return [f"3,DEBIT,{log:.6f},{dest:.6f}\n".encode() for log, dest in numbers]


def whole(lines: Sequence[bytes]) -> bytes:
    return HEADER + b"".join(lines)


def members(content: bytes, size_bytes: int) -> bytes:
    """As block compressors write it: a member for every so many bytes."""
    starts = range(0, len(content), size_bytes)
    return b"".join(gzip.compress(content[at : at + size_bytes]) for at in starts)


@pytest.mark.parametrize("end", [b"\n", b""])
def test_rows_of_a_plain_file_are_counted(objects, stored, end: bytes) -> None:
    files = stored(whole(rows(900)).removesuffix(b"\n") + end)
    assert sample(objects, files).rows(files) == pytest.approx(900, rel=0.01)


def test_a_first_file_without_rows_hides_no_others(objects, stored) -> None:
    files = stored(HEADER, *[whole(rows(100, seed)) for seed in range(20)])
    assert sample(objects, files).rows(files) == pytest.approx(2_000, rel=0.1)


def test_the_only_file_with_rows_is_found(objects, stored) -> None:
    contents = [HEADER] * 40
    contents[17] = whole(rows(500))
    files = stored(*contents)
    assert sample(objects, files).rows(files) == pytest.approx(500, rel=0.2)


def test_where_sampled_files_cannot_be_read_others_are_looked_at(objects, stored) -> None:
    files = stored(HEADER, *[b"\0" * 5_000] * 40, whole(rows(100)), b"\0" * 5_000)
    assert sample(objects, files).bytes_per_row == pytest.approx(26, abs=1)


def test_the_shortest_rows_of_the_sampled_files_count(objects, stored) -> None:
    long = [row.replace(b"DEBIT", b"TRANSFER" + b" " * 100) for row in rows(200)]
    files = stored(whole(long), whole(long), whole(rows(200)))
    assert sample(objects, files).bytes_per_row == pytest.approx(26, abs=1)


@pytest.mark.parametrize("content", [HEADER, gzip.compress(HEADER), HEADER + b"\n\n"])
def test_nothing_but_headers_is_no_row(objects, stored, content: bytes) -> None:
    files = stored(*[content] * 3)
    assert sample(objects, files) == Sample(HEADER.decode().strip(), 0)
    assert sample(objects, files).rows(files) == 0


def test_one_long_row_does_not_hide_the_short_ones_behind_it(objects, stored) -> None:
    long = b'3,DEBIT,1,"' + b"x" * 40_000 + b'"\n'
    (file,) = stored(whole([long, *rows(20_000)]))
    assert look(objects, file).rows(file.size_bytes) >= 20_000


def test_a_row_that_does_not_end_is_taken_for_short_ones(objects, stored) -> None:
    long = b'3,DEBIT,1,"' + b"x" * 80_000 + b'"\n'
    files = stored(whole([long, *rows(2_000)]))
    assert sample(objects, files).rows(files) > 2_000


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(whole(rows(20_000))),
        gzip.compress(HEADER) + gzip.compress(b"".join(rows(20_000))),
        gzip.compress(b"") + gzip.compress(whole(rows(20_000))),
        members(whole(rows(20_000)), 16_384),
        members(whole(rows(20_000)), 60_000),
    ],
    ids=["one member", "header alone", "empty first", "small members", "large members"],
)
def test_gzipped_rows_are_counted_in_all_members(objects, stored, packed: bytes) -> None:
    (file,) = stored(packed)
    opening = look(objects, file)
    assert opening.header == HEADER.decode().strip()
    assert opening.rows(file.size_bytes) == pytest.approx(20_000, rel=0.1)


def test_what_unpacks_to_very_much_is_not_unpacked_whole(objects, stored) -> None:
    line = b"3,DEBIT,1,1\n"
    (file,) = stored(gzip.compress(whole([line] * 2_000_000)))
    assert look(objects, file).rows(file.size_bytes) == pytest.approx(2_000_000, rel=0.2)


@pytest.mark.parametrize(
    ("damaged", "code"),
    [
        (
            lambda packed: packed[:3_000] + b"\xff" * 200 + packed[3_200:],
            "dataset_encoding_refused",
        ),
        (lambda packed: packed[:20_000], "dataset_truncated"),
    ],
    ids=["bytes changed", "cut off"],
)
def test_a_damaged_gzip_is_refused_by_name(objects, stored, damaged, code: str) -> None:
    files = stored(damaged(gzip.compress(whole(rows(20_000)))), whole(rows(10)))
    with pytest.raises(DatasetError, match=r"^s3://data/files/00000\.csv ") as failure:
        sample(objects, files)
    assert failure.value.code == code


def test_a_first_file_that_is_no_csv_is_named_where_there_are_several(objects, stored) -> None:
    files = stored(b'{"a": 1}\n', whole(rows(10)))
    with pytest.raises(DatasetError, match=r"^s3://data/files/00000\.csv: The file is JSON"):
        sample(objects, files)
    with pytest.raises(DatasetError, match=r"^The file is JSON"):
        sample(objects, files[:1])


def test_of_many_files_few_are_read(objects, stored, monkeypatch: pytest.MonkeyPatch) -> None:
    files = stored(*[whole(rows(5))] * 50)
    read: list[str] = []
    opening = DatasetObjects.opening

    def noted(self: DatasetObjects, file: StoredObject, size_bytes: int) -> bytes:
        read.append(file.key)
        return opening(self, file, size_bytes)

    monkeypatch.setattr(DatasetObjects, "opening", noted)
    sample(objects, files)
    assert {files[0].key, files[-1].key} < {*read}
    assert len(read) <= SAMPLED_FILES
