"""Files scored on this machine: the rows of one reader, whatever they are shared out by."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from fraud.domain.errors import DatasetError, InvalidValue
from fraud.domain.score_counts import ScoreCounts
from fraud_training.scoring import local
from fraud_training.scoring.file_scoring import FileScoring
from fraud_training.scoring.local import score_files

Quiet = Callable[[ScoreCounts, float], None]


@pytest.fixture
def model_dir(stored: dict[str, Any], tmp_path: Path) -> Path:
    directory = tmp_path / "model"
    directory.mkdir()
    for name, content in stored["basic"].files.items():
        (directory / name).write_bytes(content)
    return directory


@pytest.fixture
def source(tmp_path: Path, header: str, rows: Sequence[str]) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def quiet(counts: ScoreCounts, done: float) -> None:
    """Nobody looks."""


def by_one_reader(path: Path, model_dir: Path, tmp_path: Path) -> bytes:
    """The result without ranges, processes or joining."""
    text = path.read_bytes()
    header, _, rest = text.partition(b"\n")
    part = tmp_path / "part.csv"
    scoring = FileScoring(local.load(model_dir), header.decode())
    scoring.write([rest], part, tmp_path / "refused")
    return part.read_bytes()


@pytest.mark.parametrize(("workers", "range_bytes"), [(1, 1 << 20), (1, 5_000), (2, 3_001)])
def test_workers_and_ranges_change_nothing(
    source: Path, model_dir: Path, tmp_path: Path, workers: int, range_bytes: int
) -> None:
    target = tmp_path / "scored.csv"
    seen: list[float] = []
    scored = score_files(
        [source],
        model_dir,
        target,
        lambda _, done: seen.append(done),
        workers=workers,
        range_bytes=range_bytes,
    )
    assert target.read_bytes() == by_one_reader(source, model_dir, tmp_path)
    assert scored.counts.rows == scored.counts.scored_rows == 400
    assert scored.refused is None
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert {path.name for path in tmp_path.iterdir()} >= {"scored.csv", "rows.csv"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".scoring-")]


def test_files_are_joined_under_one_header_and_refused_rows_kept_apart(
    model_dir: Path, tmp_path: Path, header: str, rows: Sequence[str]
) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    first.write_text("\n".join([header, *rows[:150], "1,2"]) + "\n", encoding="utf-8")
    packed = "\n".join([header, "=1,x", *rows[150:]])
    second.write_bytes(gzip.compress(packed.encode()))
    whole = tmp_path / "whole.csv"
    whole.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    target = tmp_path / "scored.csv"
    scored = score_files([first, second], model_dir, target, quiet, workers=1)
    assert target.read_bytes() == by_one_reader(whole, model_dir, tmp_path)
    assert scored.counts.refused == {"ragged_rows": 2}
    assert scored.refused == tmp_path / "scored.refused.csv"
    assert scored.refused.read_text(encoding="utf-8") == (
        'reason,row\nragged_rows,"1,2"\nragged_rows,"\'=1,x"\n'
    )
    score_files([whole], model_dir, target, quiet, workers=1)
    assert not (tmp_path / "scored.refused.csv").exists()


def test_a_file_that_cannot_be_scored_is_named_and_nothing_is_left(
    source: Path, model_dir: Path, tmp_path: Path, header: str
) -> None:
    damaged = tmp_path / "damaged.csv.gz"
    damaged.write_bytes(gzip.compress(source.read_bytes())[:-200])
    with pytest.raises(DatasetError, match=r"damaged\.csv\.gz"):
        score_files([source, damaged], model_dir, tmp_path / "scored.csv", quiet, workers=1)
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text(f"{header},more\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="other columns"):
        score_files([source, shuffled], model_dir, tmp_path / "scored.csv", quiet, workers=1)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DatasetError, match="no content"):
        score_files([tmp_path / "empty.csv"], model_dir, tmp_path / "s.csv", quiet)
    assert not {"scored.csv", "s.csv"} & {path.name for path in tmp_path.iterdir()}


def test_a_folder_without_a_model_says_how_to_make_one(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="fraud fit"):
        score_files([source], tmp_path, tmp_path / "scored.csv", quiet)
