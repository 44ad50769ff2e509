"""A model that answers predictions: everything about it that a request needs, made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fraud.domain.errors import FraudError
from fraud.domain.features import FeatureSet
from fraud.domain.model_cards import SERVED_FILES, ModelRecord, ThresholdPolicy
from fraud.domain.predictions import Reason
from fraud_serving.explanation import Explained, explain
from fraud_serving.outcomes import Decider
from fraud_serving.reasons import reasons_of
from fraud_serving.scorer import Scorer, load_scorer


class Records(Protocol):
    """Has the registry's rows."""

    def get(self, name: str) -> ModelRecord | None:
        """One model's row."""


class Artifacts(Protocol):
    """Holds the models' files."""

    def read(self, model_name: str, file_name: str) -> bytes:
        """One file, whole."""


@dataclass(frozen=True)
class ServedModel:
    """A verified model under the policy in force."""

    name: str
    version: int
    scorer: Scorer
    decider: Decider
    baseline: NDArray[np.float32]

    @classmethod
    def load(cls, record: ModelRecord, files: Mapping[str, bytes]) -> ServedModel:
        """Verify a model's artifacts against the registry and make it ready.

        Raises
        ------
        ArtifactRejected
            When they are not what was registered.
        """
        scorer = load_scorer(files, record.files)
        return cls(
            name=record.name,
            version=record.version,
            scorer=scorer,
            decider=Decider.of(scorer.card, record.policy),
            baseline=np.array(scorer.card.baseline, dtype=np.float32),
        )

    @classmethod
    def named(cls, name: str, records: Records, artifacts: Artifacts) -> ServedModel:
        """Find a model's row and files, and make it ready.

        Raises
        ------
        FraudError
            When it has no row, or its files are missing, altered, or cannot be read.
        """
        record = records.get(name)
        if record is None:
            raise FraudError(f"the registry has no row for {name}")
        return cls.load(record, {file: artifacts.read(name, file) for file in SERVED_FILES})

    @property
    def feature_set(self) -> FeatureSet:
        """The inputs it takes."""
        return self.scorer.card.feature_set

    @property
    def policy(self) -> ThresholdPolicy:
        """How its probabilities become outcomes."""
        return self.decider.policy

    def explain(
        self, X: NDArray[np.float32], values: NDArray[np.float64]
    ) -> tuple[Explained, list[list[Reason]]]:
        """Score rows, and say why.

        Parameters
        ----------
        X, values
            Inputs as the model takes them, and before rounding to float32; shape (n, d).
        """
        found = explain(X, self.baseline, self.scorer.score)
        pairs = zip(values.tolist(), found.values.tolist(), strict=True)
        return found, [reasons_of(self.feature_set, *pair) for pair in pairs]
