"""One dataset, and the same rows cut up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fraud_cli.sampling import write_sample


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated file of 8,000 transactions."""
    path = tmp_path_factory.mktemp("source") / "source.csv"
    write_sample(path, 8_000, seed=3, fraud_rate=0.03)
    return path


@pytest.fixture(scope="session")
def write_files() -> Callable[[Path, str, Sequence[Sequence[str]]], list[Path]]:
    """Writes a file for each deal of rows."""

    def write(directory: Path, header: str, deals: Sequence[Sequence[str]]) -> list[Path]:
        directory.mkdir(parents=True, exist_ok=True)
        files = []
        for i, rows in enumerate(deals):
            file = directory / f"{i:02d}.csv"
            file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
            files.append(file)
        return files

    return write
