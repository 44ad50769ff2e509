"""Reasons are exact Shapley values: efficient, symmetric, linear, blind to what does not matter."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_serving import explanation
from fraud_serving.explanation import coalitions, explain


def model_of(onnx: bytes):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # as served; threads would add up trees in any order
    session = ort.InferenceSession(onnx, options)

    def score(X):
        log_odds, probability = session.run(["log_odds", "probability"], {"X": X})
        return log_odds.astype(np.float64), probability.astype(np.float64)

    return score


def random_trees(kit, d: int, seed: int):
    return model_of(kit.stumps(d, 30, np.random.default_rng(seed)))


def by_definition(x, baseline, score) -> np.ndarray:
    """The mean, over all orders, of what a feature adds when it joins."""
    d = len(x)
    values = np.zeros(d)
    orders = list(permutations(range(d)))
    for order in orders:
        row = baseline.copy()
        before = score(row[None])[0][0]
        for feature in order:
            row[feature] = x[feature]
            after = score(row[None])[0][0]
            values[feature] += after - before
            before = after
    return values / len(orders)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 10), n=st.integers(1, 5))
def test_contributions_add_up_to_log_odds_minus_the_baselines(kit, seed, d, n) -> None:
    rng = np.random.default_rng(seed)
    score = random_trees(kit, d, seed)
    X = rng.normal(size=(n, d)).astype(np.float32)
    baseline = rng.normal(size=d).astype(np.float32)
    values = explain(X, baseline, score).values
    expected = score(X)[0] - score(baseline[None])[0]
    np.testing.assert_allclose(values.sum(axis=1), expected, atol=1e-5)


@pytest.mark.parametrize("d", [1, 2, 4, 6])
def test_contributions_are_those_of_the_definition(kit, d) -> None:
    score = random_trees(kit, d, seed=d)
    x, baseline = np.random.default_rng(d).normal(size=(2, d)).astype(np.float32)
    expected = by_definition(x, baseline, score)
    np.testing.assert_allclose(explain(x[None], baseline, score).values[0], expected, atol=1e-5)


@pytest.mark.parametrize("d", [4, 12])
def test_a_row_keeps_the_score_that_it_has_without_reasons(kit, d) -> None:
    score = random_trees(kit, d, seed=d)
    X = np.random.default_rng(d).normal(size=(7, d)).astype(np.float32)
    explained = explain(X, np.zeros(d, np.float32), score)
    log_odds, probability = score(X)
    np.testing.assert_array_equal(explained.log_odds, log_odds)
    np.testing.assert_array_equal(explained.probability, probability)


def test_a_linear_models_contributions_are_its_terms(kit) -> None:
    weights = np.array([0.5, -2.0, 0.0, 3.0])
    x = np.array([[1, 2, 3, 4]], dtype=np.float32)
    baseline = np.array([4, 3, 2, 1], dtype=np.float32)
    values = explain(x, baseline, model_of(kit.linear(weights))).values
    np.testing.assert_allclose(values, weights * (x - baseline), atol=1e-5)


def test_a_feature_at_its_baseline_contributes_nothing(kit) -> None:
    score = random_trees(kit, 5, seed=9)
    x, baseline = np.random.default_rng(9).normal(size=(2, 5)).astype(np.float32)
    x[2] = baseline[2]
    assert explain(x[None], baseline, score).values[0, 2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("d", [1, 3, 10])
def test_every_feature_has_weight_one_over_all_coalitions(d) -> None:
    members, weights = coalitions(d)
    assert members.shape == weights.shape == (2**d, d)
    assert len({tuple(row) for row in members.tolist()}) == 2**d
    np.testing.assert_allclose(np.where(members, weights, 0).sum(axis=0), 1)
    np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-12)


def test_many_rows_are_explained_as_each_alone_across_blocks(kit, monkeypatch) -> None:
    score = random_trees(kit, 4, seed=2)
    X = np.random.default_rng(2).normal(size=(23, 4)).astype(np.float32)
    baseline = np.zeros(4, dtype=np.float32)
    alone = np.concatenate([explain(row[None], baseline, score).values for row in X])
    monkeypatch.setattr(explanation, "BLOCK_ROWS", 5 * 16)
    largest = 0

    def watched(rows):
        nonlocal largest
        largest = max(largest, len(rows))
        return score(rows)

    np.testing.assert_allclose(explain(X, baseline, watched).values, alone, atol=1e-5)
    assert largest == 5 * 16


def test_wide_feature_sets_are_sampled_with_an_honest_error(kit, monkeypatch) -> None:
    d = 12
    score = random_trees(kit, d, seed=4)
    X = np.random.default_rng(4).normal(size=(6, d)).astype(np.float32)
    baseline = np.zeros(d, dtype=np.float32)
    sampled = explain(X, baseline, score)
    monkeypatch.setattr(explanation, "MAX_EXACT_FEATURES", d)
    exact = explain(X, baseline, score)
    errors = np.abs(sampled.values - exact.values)
    within = errors <= 2 * sampled.standard_error + 1e-6
    assert sampled.standard_error.max() > 0
    assert within.mean() >= 0.85
    expected = score(X)[0] - score(baseline[None])[0]
    np.testing.assert_allclose(sampled.values.sum(axis=1), expected, atol=1e-5)
    assert not exact.standard_error.any()


def test_sampled_reasons_are_the_same_every_time(kit) -> None:
    score = random_trees(kit, 12, seed=4)
    x = np.ones((1, 12), dtype=np.float32)
    first, second = (explain(x, np.zeros(12, np.float32), score).values for _ in range(2))
    np.testing.assert_array_equal(first, second)
