"""Histogram gradient boosting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from fraud.domain.features import FeatureSet
from fraud_training.learn.inputs import Flags, Matrix, Vector
from fraud_training.learn.trees import AdditiveTrees, Tree, rounded_down

SECONDS_PER_LEAF_SPLIT = 8e-5
SECONDS_PER_CELL = 2.2e-9


@dataclass(frozen=True)
class Boosting:
    """Gradient boosting on binned inputs.

    Categories go in as their codes: they are ordered by how far money leaves its owner's reach,
    and a row with a code never seen then still falls on a side. No early stopping: it would hold
    out rows of its own and make the number of trees a matter of chance.
    """

    name: str
    max_iter: int
    learning_rate: float
    max_leaf_nodes: int
    min_samples_leaf: int
    l2_regularization: float
    class_weight: Literal["balanced"] | None = None

    @property
    def algorithm(self) -> str:
        """What the card calls it."""
        return "histogram gradient boosting"

    @property
    def parameters(self) -> dict[str, Any]:
        """All that distinguishes it."""
        return {k: v for k, v in self.__dict__.items() if k != "name"}

    def work(self, rows: int, features: int) -> float:
        """Seconds one fit takes on the reference machine."""
        cells = rows * features * np.log2(self.max_leaf_nodes)
        per_tree = self.max_leaf_nodes * SECONDS_PER_LEAF_SPLIT + cells * SECONDS_PER_CELL
        return float(self.max_iter * per_tree)

    def fit(self, X: Matrix, y_true: Flags, feature_set: FeatureSet, seed: int) -> FittedBoosting:
        """Fit on rows."""
        del feature_set
        estimator = HistGradientBoostingClassifier(
            **self.parameters, early_stopping=False, random_state=seed, categorical_features=None
        )
        return FittedBoosting(estimator.fit(X, y_true))


@dataclass(frozen=True)
class FittedBoosting:
    """Fitted trees."""

    estimator: HistGradientBoostingClassifier

    def log_odds(self, X: Matrix) -> Vector:
        """Uncalibrated log-odds, shape (n,)."""
        decision: Vector = self.estimator.decision_function(X)
        return decision

    def trees(self) -> AdditiveTrees:
        """The fitted trees; scikit-learn has no public way to read them."""
        stages = self.estimator._predictors  # noqa: SLF001
        bias = float(self.estimator._baseline_prediction.ravel()[0])  # noqa: SLF001
        return AdditiveTrees(bias, tuple(_tree(stage[0].nodes) for stage in stages))


def _tree(nodes: Any) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        leaf=leaf,
        feature=np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        threshold=np.where(leaf, 0, rounded_down(nodes["num_threshold"])).astype(np.float32),
        left=np.where(leaf, 0, nodes["left"]).astype(np.int64),
        right=np.where(leaf, 0, nodes["right"]).astype(np.int64),
        value=nodes["value"].astype(np.float64),
    )
