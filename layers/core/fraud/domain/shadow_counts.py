"""A challenger beside the champion on the same live transactions: counts, which add up."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Self

from pydantic import BaseModel, Field

from fraud.domain.label_counts import LabelCounts, label_changes
from fraud.domain.labels import Label
from fraud.domain.prediction_log import PredictionEntry

OUTCOMES = ("approve", "review", "block")
SHIFT_EDGES = (-4.0, -2.0, -1.0, -0.5, -0.1, 0.1, 0.5, 1.0, 2.0, 4.0)
"""Between the bins of score shifts, in log-odds: 0.1 changes odds by a tenth, 1 by e."""


class Pair(NamedTuple):
    """A challenger, and the champion it was tried beside."""

    challenger: str
    champion: str


class ShadowCounts(BaseModel):
    """What two models made of the same transactions.

    Attributes
    ----------
    rows
        Transactions that both scored.
    left_out
        Those of shadowed requests that the challenger did not score.
    frauds, outcomes
        Rows by what the champion said (not fraud, fraud; approve, review, block) and, inside, by
        what the challenger said.
    shift
        Sum of the challenger's log-odds less the champion's.
    shifts
        Rows by the bin of their shift, see `SHIFT_EDGES`.
    champion, challenger
        Labels of these rows by what either model had said.
    """

    rows: int = 0
    left_out: int = 0
    frauds: list[list[int]] = Field(default_factory=lambda: _zeros(2))
    outcomes: list[list[int]] = Field(default_factory=lambda: _zeros(len(OUTCOMES)))
    shift: float = 0.0
    shifts: list[int] = Field(default_factory=lambda: [0] * (len(SHIFT_EDGES) + 1))
    champion: LabelCounts = Field(default_factory=LabelCounts)
    challenger: LabelCounts = Field(default_factory=LabelCounts)

    def __add__(self, other: Self) -> Self:
        return type(self)(
            rows=self.rows + other.rows,
            left_out=self.left_out + other.left_out,
            frauds=_summed(self.frauds, other.frauds),
            outcomes=_summed(self.outcomes, other.outcomes),
            shift=self.shift + other.shift,
            shifts=[a + b for a, b in zip(self.shifts, other.shifts, strict=True)],
            champion=self.champion + other.champion,
            challenger=self.challenger + other.challenger,
        )

    def count(self, entry: PredictionEntry) -> None:
        """Count a prediction that has a shadow."""
        shadow = entry.shadow
        if shadow is None or shadow.score is None:
            self.left_out += 1
            return
        self.rows += 1
        self.frauds[entry.is_fraud][bool(shadow.is_fraud)] += 1
        champion, challenger = entry.outcome, shadow.score.outcome
        self.outcomes[OUTCOMES.index(champion)][OUTCOMES.index(challenger)] += 1
        shift = shadow.score.log_odds - entry.log_odds
        self.shift += shift
        self.shifts[bisect_right(SHIFT_EDGES, shift)] += 1


class ShadowTally:
    """Counts predictions with a shadow, and labels of such, by pair of models."""

    def __init__(self) -> None:
        self._pairs: defaultdict[Pair, ShadowCounts] = defaultdict(ShadowCounts)

    def add(self, entry: PredictionEntry) -> None:
        """Count a prediction, if it has a shadow."""
        if entry.shadow is not None:
            self._pairs[Pair(entry.shadow.model_name, entry.model_name)].count(entry)

    def add_labels(self, labels: Iterable[Label], hour: datetime) -> None:
        """Count what the labels that arrived in an hour changed for one prediction.

        Parameters
        ----------
        labels
            All of the prediction's.
        """
        for label, times in label_changes(labels, hour):
            predicted, shadow = label.predicted, label.predicted.shadow
            if shadow is not None:
                counts = self._pairs[Pair(shadow.model_name, predicted.model_name)]
                counts.champion.count(predicted.is_fraud, label.is_fraud, times)
                counts.challenger.count(shadow.is_fraud, label.is_fraud, times)

    @property
    def pairs(self) -> Mapping[Pair, ShadowCounts]:
        """The counts so far."""
        return self._pairs


def _zeros(n: int) -> list[list[int]]:
    return [[0] * n for _ in range(n)]


def _summed(left: list[list[int]], right: list[list[int]]) -> list[list[int]]:
    return [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(left, right, strict=True)]
