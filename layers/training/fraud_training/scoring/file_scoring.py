"""Blocks of CSV in, blocks of CSV with scores out; a block at a time is in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fraud.domain.errors import DatasetError
from fraud.domain.score_counts import ScoreCounts
from fraud_serving.served_model import ServedModel
from fraud_training.ingest.problems import MAX_BAD_ROWS
from fraud_training.scoring.lines import refused_lines, scored_lines
from fraud_training.scoring.rows import BlockRows, read_rows
from fraud_training.scoring.safe_cells import safe_lines
from fraud_training.scoring.scored_columns import scored_header, scored_layout

REFUSED_HEADER = b"reason,row\n"
OUT_OF_RANGE = "out_of_model_range"
MOST_REFUSED = 0.5
"""A file more of whose rows cannot be used is damaged, or not what it was taken for."""


@dataclass(frozen=True, slots=True)
class ScoredBlock:
    """A block's scored rows, and those that have no score, as CSV lines; and their counts."""

    scored: bytes
    refused: bytes
    counts: ScoreCounts


class FileScoring:
    """Scores the rows of files that have one header.

    Parameters
    ----------
    model
        What scores them.
    header
        The files' header line.
    with_reasons
        Whether to say why, which takes some fifteen times as long.

    Raises
    ------
    DatasetRejected
        When the model cannot score files with this header.
    """

    def __init__(self, model: ServedModel, header: str, *, with_reasons: bool = False) -> None:
        self._model = model
        self._layout = scored_layout(header, model.feature_set)
        self._with_reasons = with_reasons
        self.header = scored_header(header, with_reasons=with_reasons)

    def score(self, blocks: Iterable[bytes]) -> Iterator[ScoredBlock]:
        """Score blocks of whole lines, without the header, in order.

        Raises
        ------
        DatasetError
            When it turns out that this is no file of transactions.
        """
        rows = refused = 0
        for text in blocks:
            block = self._scored(text)
            rows += block.counts.rows
            refused += block.counts.refused_rows
            if refused > MAX_BAD_ROWS and refused > MOST_REFUSED * rows:
                raise DatasetError(
                    f"{refused:,} of the first {rows:,} rows cannot be read; the file is damaged.",
                    code="dataset_damaged",
                )
            yield block

    def write(self, blocks: Iterable[bytes], part: Path, refused: Path) -> ScoreCounts:
        """Score blocks into two files, each a CSV file of its own; returns what was counted.

        Raises
        ------
        DatasetError
            As `score`.
        """
        counts = []
        with part.open("wb") as scored_rows, refused.open("wb") as refused_rows:
            scored_rows.write(self.header)
            refused_rows.write(REFUSED_HEADER)
            for block in self.score(blocks):
                scored_rows.write(block.scored)
                refused_rows.write(block.refused)
                counts.append(block.counts)
        return ScoreCounts.total(counts)

    def _scored(self, text: bytes) -> ScoredBlock:
        read = read_rows(text, self._layout)
        values = np.array(self._model.feature_set.derive(read.values, np)).T
        with np.errstate(over="ignore"):
            X = values.astype(np.float32)
        finite = np.isfinite(X).all(axis=1)
        if not finite.all():
            read = _without(read, finite)
            X, values = X[finite], values[finite]
        refused = Counter(reason for _, reason in read.refused)
        if not len(X):
            return ScoredBlock(b"", refused_lines(read.refused), ScoreCounts(refused=refused))
        if self._with_reasons:
            explained, reasons = self._model.explain(X, values)
            decisions = self._model.decider.decide(explained.probability)
        else:
            reasons = None
            decisions = self._model.decider.decide(self._model.scorer.score(X)[1])
        lines = safe_lines(text, read.lines)
        return ScoredBlock(
            scored_lines(lines, decisions, reasons),
            refused_lines(read.refused),
            ScoreCounts(outcomes=Counter(decisions.outcome), refused=refused),
        )


def _without(read: BlockRows, finite: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> BlockRows:
    """The rows whose inputs overflow 32 bits are refused."""
    sound = finite.tolist()
    lines = [line for line, ok in zip(read.lines, sound, strict=True) if ok]
    others = [(line, OUT_OF_RANGE) for line, ok in zip(read.lines, sound, strict=True) if not ok]
    return BlockRows(read.values, lines, [*read.refused, *others])
