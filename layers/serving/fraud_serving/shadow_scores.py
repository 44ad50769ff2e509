"""A model's scores for the log, as no caller sees them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fraud.domain.shadows import ShadowScore
from fraud_serving.scorer import Matrix
from fraud_serving.served_model import ServedModel

LOG_ODDS_DECIMALS = 6


def shadow_scores(model: ServedModel, X: Matrix) -> Iterator[ShadowScore]:
    """Score rows under the model's own policy.

    Parameters
    ----------
    X
        The model's inputs, float32, shape (n, d), n >= 1.

    Raises
    ------
    ValueError
        When a score is not finite.
    """
    log_odds, probability = model.scorer.score(X)
    if not (np.isfinite(log_odds).all() and np.isfinite(probability).all()):
        raise ValueError(f"{model.name} gives scores that are not finite")
    decisions = model.decider.decide(probability)
    rounded = log_odds.round(LOG_ODDS_DECIMALS).tolist()
    return map(ShadowScore, rounded, decisions.probability, decisions.outcome)
