"""Where a dataset is cut, and what a piece of a file reads like."""

from __future__ import annotations

import gzip

import pytest

from fraud.domain.errors import DatasetError
from fraud_training.shards.shard import DatasetFile, shards_of, write_shard

TEXT = b"\n\r\n\xef\xbb\xbfa,b\r\n" + b"".join(b"%d,%d\r\n" % (i, i * i) for i in range(200))


def dataset_file(name: str, content: bytes) -> DatasetFile:
    return DatasetFile(name, len(content), content[:2])


def read_from(content: bytes):
    def read(within):
        text = content[within.first_byte :]
        return iter([text[:100], text[100:]])

    return read


@pytest.mark.parametrize("shard_bytes", [10_000, 500, 97, 8])
def test_the_shards_of_a_file_have_each_line_once_below_its_header(tmp_path, shard_bytes):
    content = TEXT.replace(b"\n\r\n\xef\xbb\xbf", b"")
    shards = shards_of([dataset_file("f", content)], shard_bytes)
    lines: list[bytes] = []
    for shard in shards:
        write_shard(shard, read_from(content), tmp_path / "shard")
        header, *rows = (tmp_path / "shard").read_bytes().splitlines(keepends=True) or [b"a,b\r\n"]
        assert header == b"a,b\r\n"
        lines += rows
    assert b"".join(lines) == content.partition(b"\n")[2]
    assert [s.number for s in shards] == list(range(len(shards)))


def test_empty_lines_and_a_byte_order_mark_are_not_taken_for_the_header(tmp_path):
    shard = shards_of([dataset_file("f", TEXT)], 1_000)[1]
    write_shard(shard, read_from(TEXT), tmp_path / "shard")
    assert (tmp_path / "shard").read_bytes().startswith((b"a,b\r\n", b"\xef\xbb\xbfa,b\r\n"))


def test_a_gzipped_file_stays_whole_and_as_it_is(tmp_path):
    content = gzip.compress(TEXT, mtime=0)
    (shard,) = shards_of([dataset_file("f.gz", content)], 10)
    write_shard(shard, read_from(content), tmp_path / "shard")
    assert (tmp_path / "shard").read_bytes() == content


def test_files_are_numbered_by_name_whatever_their_order():
    files = [dataset_file(name, b"a,b\n") for name in ("c", "a", "b")]
    assert [(s.number, s.file) for s in shards_of(files)] == [(0, "a"), (1, "b"), (2, "c")]


def test_a_line_without_an_end_is_an_error(tmp_path):
    content = b"a,b\n" + b"1" * (4 << 20)
    shard = shards_of([dataset_file("f", content)], 1 << 20)[1]
    with pytest.raises(DatasetError, match="no line end"):
        write_shard(shard, read_from(content), tmp_path / "shard")
