"""A file is on disk whole or not at all."""

import errno
import hashlib
import os
import resource
from pathlib import Path

import pytest

from fraud.domain.errors import DatasetError, Unavailable
from fraud_training.download.storing import store


def save(pieces, target, total_bytes=None, on_progress=None):
    return store(pieces, target, total_bytes=total_bytes, on_progress=on_progress)


def breaking_off(error):
    yield b"a,b\n"
    raise error


def test_the_pieces_are_on_disk_in_order_with_their_digest_and_size(target):
    assert save([b"a,", b"b\n"], target) == (hashlib.sha256(b"a,b\n").hexdigest(), 4)
    assert target.read_bytes() == b"a,b\n"


@pytest.mark.parametrize("error", [DatasetError("short"), KeyboardInterrupt(), MemoryError()])
def test_whatever_breaks_off_the_pieces_nothing_is_left(target, error):
    with pytest.raises(type(error)):
        save(breaking_off(error), target)
    assert list(target.parent.iterdir()) == []


def test_a_file_of_an_earlier_attempt_is_never_taken_for_this_one(target):
    target.write_bytes(b"earlier")
    target.with_name("dataset.csv.part").write_bytes(b"left by a killed process")
    with pytest.raises(DatasetError):
        save(breaking_off(DatasetError("short")), target)
    assert list(target.parent.iterdir()) == []


def test_the_file_has_its_name_only_once_it_is_whole(target):
    seen = []
    save([b"a", b"b"], target, 2, lambda *_: seen.append(target.exists()))
    assert seen == [False, False]
    assert target.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_tried_again_and_leaves_nothing(target):
    target.with_name("dataset.csv.part").symlink_to("/dev/full")
    with pytest.raises(Unavailable, match="no room") as failure:
        save([b"x" * 100_000] * 10, target)
    assert failure.value.code == "disk_full"
    assert failure.value.__cause__.errno == errno.ENOSPC
    assert list(target.parent.iterdir()) == []


def test_a_limit_on_file_size_is_tried_again_and_leaves_nothing(target):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(Unavailable) as failure:
            save([os.urandom(2**16)] * 32, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failure.value.code == "disk_full"
    assert list(target.parent.iterdir()) == []


def test_another_error_of_the_disk_is_not_called_a_full_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        save([b"a"], tmp_path / "missing" / "dataset.csv")
