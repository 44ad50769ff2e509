"""Scoring in the shadow: the challenger's scores for the log, whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.shadows import ShadowScore, ShadowScores, is_shadowed
from fraud_serving.challenger import Trial
from fraud_serving.model_inputs import AnyForm, model_inputs
from fraud_serving.served_model import ServedModel

LOG_ODDS_DECIMALS = 6
MILLISECOND_DECIMALS = 3

BUDGET_MS = 50.0
"""When it is spent, no further rows are scored; a thousand take a tenth of it."""
ROWS_AT_ONCE = 250
"""Rows between two looks at the clock: what the budget can be exceeded by."""


class Challengers(Protocol):
    """Has the challenger in memory."""

    def current(self) -> Trial | None:
        """The challenger that is tried."""

    def failed(self, error: Exception) -> None:
        """Note that scoring failed."""


@dataclass(frozen=True)
class ShadowScoring:
    """Scores the share of requests that the challenger is tried on."""

    challengers: Challengers
    budget_ms: float = BUDGET_MS

    def score(
        self, prediction_id: PredictionId, transactions: Sequence[AnyForm]
    ) -> ShadowScores | None:
        """The challenger's scores of one request; never raises.

        Parameters
        ----------
        prediction_id
            Of the single prediction, or of the batch.
        transactions
            Those that the champion scored, n >= 1.

        Returns
        -------
        ShadowScores or None
            n scores; None when there is no challenger, the request is not among its share, or
            scoring failed.
        """
        trial = self.challengers.current()
        if trial is None or not is_shadowed(prediction_id, trial.share):
            return None
        try:
            return self._scores(trial.model, transactions)
        except Exception as e:  # noqa: BLE001 - nothing of it may touch the answer
            self.challengers.failed(e)
            return None

    def _scores(self, model: ServedModel, transactions: Sequence[AnyForm]) -> ShadowScores:
        began = perf_counter()
        scores: list[ShadowScore | None] = []
        while len(scores) < len(transactions) and _ms_since(began) < self.budget_ms:
            scores += _scored(model, transactions[len(scores) : len(scores) + ROWS_AT_ONCE])
        scores += [None] * (len(transactions) - len(scores))
        return ShadowScores(
            model.name, model.version, model.policy.threshold, _ms_since(began), scores
        )


def _scored(model: ServedModel, transactions: Sequence[AnyForm]) -> list[ShadowScore | None]:
    scores: list[ShadowScore | None] = [None] * len(transactions)
    inputs = model_inputs(transactions, model.feature_set)
    if not inputs.rows:
        return scores
    log_odds, probability = model.scorer.score(inputs.X)
    decisions = model.decider.decide(probability)
    columns = (
        log_odds.round(LOG_ODDS_DECIMALS).tolist(),
        decisions.probability,
        decisions.outcome,
    )
    for row, *score in zip(inputs.rows, *columns, strict=True):
        scores[row] = ShadowScore(*score)
    return scores


def _ms_since(began: float) -> float:
    return round((perf_counter() - began) * 1000, MILLISECOND_DECIMALS)
