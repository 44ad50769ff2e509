"""Scores of a shard's held-out rows, written down; they add up to those of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from fraud_training.learn.held_out import GroupedTable, HeldOutScores
from fraud_training.learn.paired_scores import PairedScores
from fraud_training.learn.score_table import ScoreTable
from fraud_training.learn.splits import SplitName

type Scores = Mapping[SplitName, HeldOutScores]


def write_scores(scores: Scores, path: Path) -> None:
    """Write scores down, compressed: most bins hold no rows."""
    arrays = {
        f"{split}.{name}": array
        for split, of_split in scores.items()
        for name, array in _arrays(of_split)
    }
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_scores(path: Path, splits: Iterable[SplitName]) -> Scores:
    """Read what `write_scores` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return {split: _scores(_below(split, arrays)) for split in splits}


def summed(parts: Iterable[Scores]) -> Scores:
    """The scores of all shards; the same in whatever order they come."""
    total: dict[SplitName, HeldOutScores] = {}
    for part in parts:
        for split, scores in part.items():
            total[split] = total[split] + scores if split in total else scores
    return total


def _arrays(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays of nested dataclasses, by their path."""
    if value is None:
        return
    if isinstance(value, np.ndarray):
        yield name, value
        return
    for field in fields(value):
        below = f"{name}.{field.name}" if name else field.name
        yield from _arrays(getattr(value, field.name), below)


def _scores(arrays: Mapping[str, Any]) -> HeldOutScores:
    paired = _below("paired", arrays)
    return HeldOutScores(
        overall=ScoreTable(**_below("overall", arrays)),
        by_type=GroupedTable(**_below("by_type", arrays)),
        by_day=GroupedTable(**_below("by_day", arrays)),
        paired=_paired(paired) if paired else None,
    )


def _paired(arrays: Mapping[str, Any]) -> PairedScores:
    counts = {name: array for name, array in arrays.items() if "." not in name}
    return PairedScores(champion=ScoreTable(**_below("champion", arrays)), **counts)


def _below(prefix: str, arrays: Mapping[str, Any]) -> dict[str, Any]:
    start = f"{prefix}."
    return {n.removeprefix(start): a for n, a in arrays.items() if n.startswith(start)}
