"""The file appears whole or not at all."""

from pathlib import Path

import pytest

from fraud_cli.sampling import write_sample
from fraud_cli.sampling.writer import atomic_output


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("old")

    def fail() -> None:
        with atomic_output(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_failing_progress_leaves_no_file(tmp_path: Path) -> None:
    def fail(rows: int) -> None:
        raise RuntimeError(rows)

    with pytest.raises(RuntimeError):
        write_sample(tmp_path / "data.csv.gz", 500, on_progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_file_is_hidden_until_complete_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("old")
    with atomic_output(path) as stream:
        stream.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_file_can_be_read_by_others_like_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    with atomic_output(tmp_path / "data.csv") as stream:
        stream.write(b"x")
    assert (tmp_path / "data.csv").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_missing_folder_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_sample(tmp_path / "nowhere" / "data.csv", 10)
