"""How much work a training does: the candidates it tries and the rows it fits on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fraud_training.learn.boosting import Boosting
from fraud_training.learn.candidates import Candidate
from fraud_training.learn.scorecard import Scorecard

FEW_FRAUDS = 1_000
MIN_FRAUDS_A_FOLD = 15


@dataclass(frozen=True)
class Effort:
    """Bounds of a training; rows are legitimate rows of the whole dataset, before any split."""

    max_legit: int
    max_unseen: int
    max_search_legit: int
    max_folds: int
    both_splits: bool
    resamples: int

    def folds(self, frauds: int) -> int:
        """Folds that leave each of them enough frauds to say something."""
        return max(2, min(self.max_folds, frauds // MIN_FRAUDS_A_FOLD))


QUICK = Effort(
    max_legit=160_000,
    max_unseen=400_000,
    max_search_legit=0,
    max_folds=2,
    both_splits=False,
    resamples=0,
)
FULL = Effort(
    max_legit=260_000,
    max_unseen=700_000,
    max_search_legit=40_000,
    max_folds=3,
    both_splits=True,
    resamples=200,
)

# Name, trees, learning rate, leaves, least rows a leaf, L2 penalty, class weight.
_QUICK = Boosting("boosting-15-fast", 50, 0.2, 15, 50, 5.0)
_MANY: Sequence[Candidate] = (
    Boosting("boosting-15", 100, 0.1, 15, 50, 5.0),
    Scorecard("scorecard", 16, 1.0),
    Boosting("boosting-31", 100, 0.1, 31, 50, 5.0),
    Boosting("boosting-15-balanced", 100, 0.1, 15, 50, 5.0, "balanced"),
    Boosting("boosting-8", 150, 0.1, 8, 50, 5.0),
)
_FEW: Sequence[Candidate] = (
    Boosting("boosting-8-few", 60, 0.1, 8, 10, 5.0),
    Scorecard("scorecard-few", 8, 0.3),
    Boosting("boosting-4-few", 80, 0.1, 4, 10, 5.0),
    Boosting("boosting-8-balanced-few", 60, 0.1, 8, 10, 5.0, "balanced"),
)


def candidates(frauds: int, *, quick: bool) -> Sequence[Candidate]:
    """What to try, the likeliest first: few frauds carry only shallow trees.

    Parameters
    ----------
    frauds
        Frauds to fit on.
    """
    if frauds < FEW_FRAUDS:
        return _FEW[:1] if quick else _FEW
    return (_QUICK,) if quick else _MANY
