"""From probabilities to what a payment flow acts on: risk score and outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fraud.domain.model_cards import ModelCard, ThresholdPolicy
from fraud.domain.predictions import PROBABILITY_DECIMALS, Outcome

type Vector = NDArray[np.float64]

OUTCOMES: tuple[Outcome, ...] = ("approve", "review", "block")
TIE_MARGIN = 1e-5
"""Relative. The card's quantiles come from scikit-learn in 64 bits, the probability from ONNX
Runtime in 32: within this they are the same score."""


@dataclass(frozen=True)
class Decisions:
    """What follows from each of n probabilities; lists of length n."""

    probability: list[float]
    risk_score: list[int]
    outcome: list[Outcome]


@dataclass(frozen=True)
class Decider:
    """Applies a model's policy and its distribution of legitimate scores."""

    policy: ThresholdPolicy
    quantiles: Vector

    @classmethod
    def of(cls, card: ModelCard, policy: ThresholdPolicy) -> Decider:
        """A decider for a model under the policy in force."""
        return cls(policy, np.array(card.score_quantiles) * (1 + TIE_MARGIN))

    def decide(self, probability: Vector) -> Decisions:
        """Decide on scored transactions.

        A risk score of k says that k per mille of the legitimate held-out transactions score
        lower: it is the highest of the card's per-mille points that lies below the probability,
        and 0 where none does. A legitimate transaction with the same score is not a lower one, so
        where many share one score, all of them get the risk score of the lowest.

        Probabilities are rounded as they will be answered before they are compared, so that
        `is_fraud` always equals `probability >= threshold` in the answer's own numbers.

        Parameters
        ----------
        probability
            Shape (n,), each in [0, 1].
        """
        rounded = probability.clip(0.0, 1.0).round(PROBABILITY_DECIMALS)
        # Quantile k is the (k + 1)-th of 1001, and side="left" counts those strictly below.
        points = self.quantiles.searchsorted(probability, side="left") - 1
        level = (rounded >= self.policy.review).astype(int) + (rounded >= self.policy.block)
        return Decisions(
            probability=rounded.tolist(),
            risk_score=np.maximum(points, 0).tolist(),
            outcome=[OUTCOMES[i] for i in level.tolist()],
        )
