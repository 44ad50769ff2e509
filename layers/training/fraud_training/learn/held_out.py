"""Scoring every held-out row of a spool, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import TYPE_CODES, FeatureSet
from fraud.domain.transactions import MAX_DAYS
from fraud_training.ingest.spool import Spool
from fraud_training.learn.inputs import (
    Flags,
    Records,
    Vector,
    amounts,
    days,
    input_matrix,
    labels,
    summable,
)
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.paired_scores import PairedScores, Rival, paired_scores
from fraud_training.learn.score_table import COARSE_BINS, ScoreTable, bin_of
from fraud_training.learn.splits import Split

CHUNK_ROWS = 131_072
WORKERS = 2


@dataclass(frozen=True)
class GroupedTable:
    """Coarse score tables of groups of rows, such as types or days.

    Attributes
    ----------
    legit, fraud, fraud_amount
        Shape (groups, COARSE_BINS).
    """

    legit: Vector
    fraud: Vector
    fraud_amount: Vector

    @classmethod
    def of(
        cls, group: NDArray[np.int64], groups: int, log_odds: Vector, fraud: Flags, amount: Vector
    ) -> GroupedTable:
        """Count rows by group; `group` is in [0, groups), arrays have shape (n,)."""
        at = group * COARSE_BINS + bin_of(log_odds, COARSE_BINS)
        size = groups * COARSE_BINS

        def counted(which: Flags, weight: Vector | None = None) -> Vector:
            counts = np.bincount(at[which], weights=weight, minlength=size)
            return counts.reshape(groups, COARSE_BINS).astype(np.float64)

        return cls(counted(~fraud), counted(fraud), counted(fraud, amount[fraud]))

    def __add__(self, other: GroupedTable) -> GroupedTable:
        return GroupedTable(
            self.legit + other.legit,
            self.fraud + other.fraud,
            self.fraud_amount + other.fraud_amount,
        )

    def table(self, group: int) -> ScoreTable:
        """One group's table."""
        return ScoreTable(self.legit[group], self.fraud[group], self.fraud_amount[group])


@dataclass(frozen=True)
class HeldOutScores:
    """A model's scores on held-out rows; those of chunks or shards add up.

    `paired` has those of the champion beside them, where it scored the same rows: all of them, for
    a sum that lacks some compares nothing.
    """

    overall: ScoreTable
    by_type: GroupedTable
    by_day: GroupedTable
    paired: PairedScores | None = None

    def __add__(self, other: HeldOutScores) -> HeldOutScores:
        return HeldOutScores(
            self.overall + other.overall,
            self.by_type + other.by_type,
            self.by_day + other.by_day,
            self.paired + other.paired if self.paired and other.paired else None,
        )


@dataclass(frozen=True)
class Judged:
    """A model, its inputs, the split whose held-out rows judge it, and whom they judge as well."""

    scorer: OnnxScorer
    feature_set: FeatureSet
    split: Split
    rival: Rival | None = None


def score_records(records: Records, judged: Judged) -> HeldOutScores:
    """Score the held-out ones among records."""
    held = records[judged.split.held_out(records)]
    fraud, amount = labels(held), summable(amounts(held))
    log_odds = judged.scorer.log_odds(input_matrix(held, judged.feature_set)).astype(np.float64)
    return HeldOutScores(
        overall=ScoreTable.of(log_odds, fraud, amount),
        by_type=GroupedTable.of(
            held["type"].astype(np.int64), len(TYPE_CODES), log_odds, fraud, amount
        ),
        by_day=GroupedTable.of(days(held), MAX_DAYS + 1, log_odds, fraud, amount),
        paired=(
            paired_scores(held, judged.rival, log_odds, fraud, amount) if judged.rival else None
        ),
    )


def score_held_out[Name: str](
    spool: Spool,
    judged: Mapping[Name, Judged],
    on_progress: Callable[[float], None] = lambda _: None,
) -> dict[Name, HeldOutScores]:
    """Read a spool once and score all held-out rows of several models.

    Chunks are scored on two threads; what they give adds up to the same in any order.
    """
    totals: dict[Name, HeldOutScores] = {}
    done = 0
    for scores, rows in _scored_chunks(spool, judged):
        for name, part in scores.items():
            totals[name] = totals[name] + part if name in totals else part
        done += rows
        on_progress(done / spool.rows)
    return totals


def _scored_chunks[Name: str](
    spool: Spool, judged: Mapping[Name, Judged]
) -> Iterator[tuple[dict[Name, HeldOutScores], int]]:
    def score(records: Records) -> tuple[dict[Name, HeldOutScores], int]:
        scores = {name: score_records(records, j) for name, j in judged.items()}
        return scores, len(records)

    ahead: deque[Future[tuple[dict[Name, HeldOutScores], int]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        for records in spool.chunks(CHUNK_ROWS):
            ahead.append(pool.submit(score, records))
            if len(ahead) > WORKERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
