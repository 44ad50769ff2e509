"""Rows to fit on, their folds, and what sampling did to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.features import FeatureSet
from fraud_training.learn.inputs import (
    Flags,
    Matrix,
    Records,
    Vector,
    amounts,
    input_matrix,
    labels,
)


@dataclass(frozen=True)
class TrainingRows:
    """Inputs and labels of rows in the sample's order.

    Attributes
    ----------
    X, y_true, amount, keys
        Shapes (n, d), (n,), (n,), (n,).
    rate
        The share of the legitimate rows that is here.
    """

    X: Matrix
    y_true: Flags
    amount: Vector
    keys: NDArray[np.uint64]
    feature_set: FeatureSet
    rate: float

    @classmethod
    def of(cls, records: Records, feature_set: FeatureSet, rate: float) -> TrainingRows:
        """Derive the inputs of records in the sample's order."""
        return cls(
            X=input_matrix(records, feature_set),
            y_true=labels(records),
            amount=amounts(records),
            keys=records["key"],
            feature_set=feature_set,
            rate=rate,
        )

    @property
    def frauds(self) -> int:
        """How many of the rows are frauds."""
        return int(self.y_true.sum())

    @property
    def weight(self) -> Vector:
        """How many rows of the dataset each row stands for, shape (n,)."""
        return np.where(self.y_true, 1.0, 1.0 / self.rate if self.rate else 0.0)

    def taken(self, which: Flags) -> TrainingRows:
        """Some of the rows, at the same rate."""
        return TrainingRows(
            self.X[which],
            self.y_true[which],
            self.amount[which],
            self.keys[which],
            self.feature_set,
            self.rate,
        )

    def thinned(self, max_legit: int) -> TrainingRows:
        """All frauds and the first legitimate rows, whose order is random by key."""
        legit = int((~self.y_true).sum())
        if legit <= max_legit:
            return self
        keep = self.y_true | (np.cumsum(~self.y_true) <= max_legit)
        kept = self.taken(keep)
        return TrainingRows(
            kept.X,
            kept.y_true,
            kept.amount,
            kept.keys,
            self.feature_set,
            self.rate * max_legit / legit,
        )

    def folds(self, count: int) -> NDArray[np.int64]:
        """Fold of each row, shape (n,): both classes spread evenly, equal rows together."""
        fold = np.empty(len(self.y_true), dtype=np.int64)
        for members in (self.y_true, ~self.y_true):
            keys = self.keys[members]
            new = (
                np.concatenate([[True], keys[1:] != keys[:-1]]) if len(keys) else keys.astype(bool)
            )
            fold[members] = (np.cumsum(new) - 1) % count
        return fold
