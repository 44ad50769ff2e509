"""Risk scores count the legitimate transactions below; outcomes follow the policy."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.domain.model_cards import ThresholdPolicy
from fraud_serving.outcomes import Decider

POLICY = ThresholdPolicy(threshold=0.5, review=0.3, block=0.8)
EVEN = np.linspace(0, 1, 1001)


def decide(*probability: float, quantiles=EVEN, policy=POLICY):
    return Decider(policy, np.asarray(quantiles)).decide(np.array(probability))


@pytest.mark.parametrize(
    ("probability", "risk_score"),
    [(0.0, 0), (0.0004, 0), (0.0011, 1), (0.9501, 950), (0.99999, 999), (1.0, 999)],
)
def test_risk_score_is_the_per_mille_of_legitimate_transactions_below(
    probability, risk_score
) -> None:
    assert decide(probability).risk_score == [risk_score]


def test_a_score_above_every_legitimate_one_is_1000() -> None:
    assert decide(0.9, quantiles=EVEN / 2).risk_score == [1000]


def test_transactions_with_the_same_score_are_not_below_each_other() -> None:
    most_score_alike = [0.01] * 900 + [0.5] * 101
    assert decide(0.01, 0.02, 0.5, quantiles=most_score_alike).risk_score == [0, 899, 899]


def test_risk_score_agrees_with_counting() -> None:
    rng = np.random.default_rng(3)
    legitimate = rng.beta(1, 20, 100_000)
    quantiles = np.quantile(legitimate, np.linspace(0, 1, 1001))
    scores = rng.beta(1, 5, 500)
    counted = np.floor(1000 * (legitimate < scores[:, None]).mean(axis=1))
    assert np.abs(np.array(decide(*scores, quantiles=quantiles).risk_score) - counted).max() <= 1


def test_a_tie_survives_the_rounding_to_32_bits(kit) -> None:
    shared = 0.123456789012
    stored = kit.stored(
        kit.linear([0, 0, 0, 0]), score_quantiles=[0.001] * 100 + [shared] * 900 + [1.0]
    )
    as_onnx_answers = float(np.nextafter(np.float32(shared), np.float32(1)))
    assert as_onnx_answers > shared
    decider = stored.served().decider
    assert decider.decide(np.array([as_onnx_answers])).risk_score == [99]


@pytest.mark.parametrize(
    ("probability", "outcome"),
    [
        (0.0, "approve"),
        (0.2999, "approve"),
        (0.3, "review"),
        (0.7999, "review"),
        (0.8, "block"),
        (1.0, "block"),
    ],
)
def test_outcome_follows_the_policys_bounds(probability, outcome) -> None:
    assert decide(probability).outcome == [outcome]


def test_probability_is_answered_with_what_float32_can_tell() -> None:
    assert decide(float(np.float32(0.1))).probability == [0.100000001]


def test_many_are_decided_as_each_alone() -> None:
    scores = np.random.default_rng(5).uniform(size=200)
    together = decide(*scores)
    alone = [decide(score) for score in scores]
    assert together.risk_score == [one.risk_score[0] for one in alone]
    assert together.outcome == [one.outcome[0] for one in alone]
