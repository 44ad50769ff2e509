"""Penalised logistic regression on binned inputs: the scorecard of credit risk."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder

from fraud.domain.features import FeatureSet
from fraud_training.learn.inputs import Flags, Matrix, Vector
from fraud_training.learn.trees import AdditiveTrees, Tree, step_function

SECONDS_PER_CELL = 6e-7


@dataclass(frozen=True)
class Scorecard:
    """L2-penalised logistic regression on quantile bins of numbers and one column per category."""

    name: str
    bins: int
    C: float
    class_weight: Literal["balanced"] | None = None

    @property
    def algorithm(self) -> str:
        """What the card calls it."""
        return "logistic regression on binned inputs"

    @property
    def parameters(self) -> dict[str, Any]:
        """All that distinguishes it."""
        return {"bins": self.bins, "C": self.C, "class_weight": self.class_weight}

    def work(self, rows: int, features: int) -> float:
        """Seconds one fit takes on the reference machine."""
        return rows * features * SECONDS_PER_CELL

    def fit(self, X: Matrix, y_true: Flags, feature_set: FeatureSet, seed: int) -> FittedScorecard:
        """Fit on rows."""
        kinds = [f.kind for f in feature_set.features]
        numbers = [i for i, kind in enumerate(kinds) if kind == "number"]
        categories = [i for i, kind in enumerate(kinds) if kind == "category"]
        codes = [np.arange(len(feature_set.features[i].categories)) for i in categories]
        binned = KBinsDiscretizer(
            n_bins=self.bins,
            encode="onehot",
            strategy="quantile",
            quantile_method="averaged_inverted_cdf",
            subsample=None,
        )
        coded = OneHotEncoder(categories=codes, handle_unknown="ignore", dtype=np.float32)
        estimator = Pipeline(
            [
                ("bins", ColumnTransformer([("numbers", binned, numbers),
                                            ("categories", coded, categories)],
                                           sparse_threshold=1.0)),
                ("regression", LogisticRegression(
                    C=self.C, class_weight=self.class_weight, max_iter=200, random_state=seed)),
            ]
        )  # fmt: skip
        with warnings.catch_warnings():
            # Bins are merged where many rows share one value; that is what should happen.
            warnings.filterwarnings("ignore", message="Bins whose width are too small")
            estimator.fit(X, y_true)
        return FittedScorecard(estimator)


@dataclass(frozen=True)
class FittedScorecard:
    """A fitted pipeline of binning and regression."""

    estimator: Pipeline

    def log_odds(self, X: Matrix) -> Vector:
        """Uncalibrated log-odds, shape (n,)."""
        decision: Vector = self.estimator.decision_function(X)
        return decision

    def trees(self) -> AdditiveTrees:
        """One tree per input: its bins and their weights."""
        regression = self.estimator.named_steps["regression"]
        return AdditiveTrees(
            float(regression.intercept_[0]), tuple(self._steps(regression.coef_[0]))
        )

    def _steps(self, weights: Vector) -> list[Tree]:
        columns = self.estimator.named_steps["bins"]
        trees, at = [], 0
        for kind, step, indices in columns.transformers_:
            inner = step.bin_edges_ if kind == "numbers" else step.categories_
            for feature, cuts in zip(indices, inner, strict=True):
                edges = _below(cuts[1:-1]) if kind == "numbers" else _between(cuts)
                values = weights[at : at + len(edges) + 1]
                trees.append(step_function(feature, edges, values))
                at += len(values)
        return trees


def _below(cuts: Vector) -> NDArray[np.float32]:
    """The last float32 numbers below cuts, at which the next bin starts.

    Below zero that is the largest normal one: some processors take the smaller ones for zero.
    """
    narrow = cuts.astype(np.float32)
    below = np.where(narrow >= cuts, np.nextafter(narrow, np.float32(-np.inf)), narrow)
    tiny = np.finfo(np.float32).tiny
    return np.where((below < 0) & (below > -tiny), -tiny, below).astype(np.float32)


def _between(codes: Vector) -> NDArray[np.float32]:
    return (codes[:-1] + 0.5).astype(np.float32)
