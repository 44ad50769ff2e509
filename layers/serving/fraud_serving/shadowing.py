"""Scoring in the shadow: the challenger's scores for the log, whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple, Protocol

from fraud.domain.features import FeatureSet
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.shadows import ShadowScore, ShadowScores, is_shadowed
from fraud_serving.challenger import Trial
from fraud_serving.model_inputs import AnyForm, ModelInputs, model_inputs
from fraud_serving.served_model import ServedModel
from fraud_serving.shadow_scores import shadow_scores

MILLISECOND_DECIMALS = 3

BUDGET_MS = 50.0
"""When it is spent, no further rows are scored."""
ROWS_AT_ONCE = 250
"""Rows between two looks at the clock: what the budget can be exceeded by."""


class Challengers(Protocol):
    """Has the challenger in memory."""

    def current(self) -> Trial | None:
        """The challenger that is tried."""

    def failed(self, error: Exception) -> None:
        """Note that scoring failed."""


class ChampionsRows(NamedTuple):
    """What the champion scored: n transactions, and its inputs derived from them."""

    transactions: Sequence[AnyForm]
    inputs: ModelInputs
    feature_set: FeatureSet


@dataclass(frozen=True)
class ShadowScoring:
    """Scores the share of requests that the challenger is tried on."""

    challengers: Challengers
    budget_ms: float = BUDGET_MS

    def score(self, prediction_id: PredictionId, rows: ChampionsRows) -> ShadowScores | None:
        """The challenger's scores of one request; never raises.

        Parameters
        ----------
        prediction_id
            Of the single prediction, or of the batch.
        rows
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
            return self._scores(trial.model, rows)
        except Exception as e:  # noqa: BLE001 - nothing of it may touch the answer
            self.challengers.failed(e)
            return None

    def _scores(self, model: ServedModel, rows: ChampionsRows) -> ShadowScores:
        began = perf_counter()
        n = len(rows.transactions)
        scores: list[ShadowScore | None] = []
        while len(scores) < n and _ms_since(began) < self.budget_ms:
            scores += _scored(model, rows, slice(len(scores), len(scores) + ROWS_AT_ONCE))
        scores += [None] * (n - len(scores))
        return ShadowScores(
            model.name, model.version, model.policy.threshold, _ms_since(began), scores
        )


def _scored(model: ServedModel, rows: ChampionsRows, part: slice) -> list[ShadowScore | None]:
    if _same(model.feature_set, rows.feature_set):
        return [*shadow_scores(model, rows.inputs.X[part])]
    transactions = rows.transactions[part]
    scores: list[ShadowScore | None] = [None] * len(transactions)
    inputs = model_inputs(transactions, model.feature_set)
    if inputs.rows:
        for row, score in zip(inputs.rows, shadow_scores(model, inputs.X), strict=True):
            scores[row] = score
    return scores


def _same(ours: FeatureSet, theirs: FeatureSet) -> bool:
    """Whether two feature sets are one; compared whole, they would take longer than the rest."""
    return (ours.name, ours.version, ours.names) == (theirs.name, theirs.version, theirs.names)


def _ms_since(began: float) -> float:
    return round((perf_counter() - began) * 1000, MILLISECOND_DECIMALS)
