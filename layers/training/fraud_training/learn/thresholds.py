"""Policies: from which probability on a transaction is a fraud, reviewed, or blocked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.model_cards import ThresholdPolicy
from fraud.domain.trainings import TARGETED, PolicyRequest
from fraud_training.learn.inputs import Flags, Vector
from fraud_training.learn.metrics import from_top, ratio
from fraud_training.learn.score_table import COARSE_BINS, ScoreTable, lower_edge, probability_of

type PolicyName = Literal["best_f1", "target_precision", "target_alert_rate", "lowest_cost"]

REVIEW_BETA = 2.0


@dataclass(frozen=True)
class PolicyChoice:
    """What the threshold is chosen by.

    Attributes
    ----------
    target
        Precision or alert rate to reach, in (0, 1); only for the policies named so.
    missed_fraud_cost
        Currency units a missed fraud costs; None is its amount.
    false_alarm_cost
        Currency units a false alarm costs.

    Raises
    ------
    InvalidValue
        When a policy that needs a target has none.
    """

    name: PolicyName = "best_f1"
    target: float | None = None
    missed_fraud_cost: float | None = None
    false_alarm_cost: float = 10.0

    def __post_init__(self) -> None:
        if self.name in TARGETED and (self.target is None or not 0 < self.target < 1):
            raise InvalidValue(
                f"the policy {self.name} needs a target between 0 and 1, not {self.target}",
                [InvalidField("target", "must be between 0 and 1")],
            )

    @classmethod
    def of(cls, request: PolicyRequest | None) -> Self:
        """What a request asks for; the best F1 where it does not say."""
        return cls(**request.model_dump(exclude_none=True)) if request else cls()


def choose_policy(table: ScoreTable, choice: PolicyChoice) -> ThresholdPolicy:
    """Set the thresholds.

    `threshold` follows from the policy and is also where blocking starts. Review starts at the best
    F2, which takes recall for twice as important as precision (van Rijsbergen, Information
    Retrieval, 1979, ch. 7), or at the threshold where that is lower: an analyst's look is cheaper
    than a customer's blocked payment.

    Parameters
    ----------
    table
        Out-of-fold scores, weighted back to the prevalence of the data; never held-out rows.
    """
    coarse = _coarse(table)
    tp, fp = from_top(coarse.fraud), from_top(coarse.legit)
    at = _threshold_bin(coarse, tp, fp, choice)
    review = min(at, int(np.argmax(_f_beta(tp, fp, coarse.frauds, REVIEW_BETA))))
    threshold = _probability(at)
    return ThresholdPolicy(
        name=choice.name,
        threshold=threshold,
        review=_probability(review),
        block=threshold,
        target=choice.target,
    )


def _threshold_bin(coarse: ScoreTable, tp: Vector, fp: Vector, choice: PolicyChoice) -> int:
    match choice.name:
        case "best_f1":
            return _middle_of_best(_f_beta(tp, fp, coarse.frauds, 1.0))
        case "target_precision":
            return _first_reaching(ratio(tp, tp + fp), choice.target or 0, tp + fp > 0)
        case "target_alert_rate":
            return _first_reaching(-(tp + fp) / coarse.rows, -(choice.target or 0), tp + fp >= 0)
        case "lowest_cost":
            return _middle_of_best(-_cost(coarse, tp, fp, choice))


def _cost(coarse: ScoreTable, tp: Vector, fp: Vector, choice: PolicyChoice) -> Vector:
    if choice.missed_fraud_cost is None:
        missed = coarse.fraud_amount.sum() - from_top(coarse.fraud_amount)
    else:
        missed = (coarse.frauds - tp) * choice.missed_fraud_cost
    return missed + fp * choice.false_alarm_cost


def _f_beta(tp: Vector, fp: Vector, frauds: float, beta: float) -> Vector:
    scores: Vector = ratio((1 + beta**2) * tp, tp + fp + beta**2 * frauds)
    return scores


def _middle_of_best(scores: Vector) -> int:
    """Of neighbouring thresholds that are equally good the middle one: farthest from any row."""
    first = int(np.argmax(scores))
    worse = np.flatnonzero(scores[first:] < scores[first])
    last = first + (int(worse[0]) - 1 if worse.size else len(scores) - 1 - first)
    return (first + last) // 2


def _first_reaching(scores: Vector, target: float, possible: Flags) -> int:
    """The lowest threshold that reaches the target, else the one that comes nearest."""
    reached = np.flatnonzero((scores >= target) & possible)
    return int(reached[0]) if reached.size else int(np.argmax(np.where(possible, scores, -np.inf)))


def _coarse(table: ScoreTable) -> ScoreTable:
    def pooled(counts: Vector) -> Vector:
        summed: Vector = counts.reshape(COARSE_BINS, -1).sum(axis=1)
        return summed

    return ScoreTable(pooled(table.legit), pooled(table.fraud), pooled(table.fraud_amount))


def _probability(at: int) -> float:
    return float(probability_of(np.array([lower_edge(at, COARSE_BINS)]))[0])
