"""What may be fitted: one interface, and the list the search chooses from."""

from __future__ import annotations

from typing import Any, Protocol

from fraud.domain.features import FeatureSet
from fraud_training.learn.inputs import Flags, Matrix, Vector
from fraud_training.learn.trees import AdditiveTrees


class Fitted(Protocol):
    """A fitted candidate."""

    @property
    def estimator(self) -> Any:
        """The scikit-learn object, for the archive."""
        ...

    def log_odds(self, X: Matrix) -> Vector:
        """Uncalibrated log-odds of fraud among rows as they were fitted on, shape (n,)."""
        ...

    def trees(self) -> AdditiveTrees:
        """The same function as trees."""
        ...


class Candidate(Protocol):
    """An algorithm with its parameters."""

    @property
    def name(self) -> str:
        """Short and unique among the candidates of a training."""
        ...

    @property
    def algorithm(self) -> str:
        """What the card calls it."""
        ...

    @property
    def parameters(self) -> dict[str, Any]:
        """All that distinguishes it."""
        ...

    def work(self, rows: int, features: int) -> float:
        """Seconds one fit takes on the reference machine (two cores of an AMD EPYC)."""
        ...

    def fit(self, X: Matrix, y_true: Flags, feature_set: FeatureSet, seed: int) -> Fitted:
        """Fit on rows.

        Parameters
        ----------
        X
            Shape (n, d).
        y_true
            Shape (n,), both classes present.
        """
        ...
