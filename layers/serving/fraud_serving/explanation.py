"""Why a transaction got its score: Shapley values of its inputs, in log-odds.

The players are the model's inputs; a coalition scores a row that has the transaction's values for
its members and the baseline's for the others. The values add up to the transaction's log-odds
minus the baseline's (Shapley, "A value for n-person games", 1953; as reasons for a single
prediction: Štrumbelj and Kononenko, JMLR 11, 2010). The coalition of all is the transaction itself,
so its score comes with its reasons: a model is asked once for both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

type Matrix = NDArray[np.float32]
type Vector = NDArray[np.float64]
type Score = Callable[[Matrix], tuple[Vector, Vector]]
"""Scores rows, shape (n, d); returns log-odds and probability, each of shape (n,)."""

MAX_EXACT_FEATURES = 10
"""Up to here all 2^d coalitions are scored; above, a sample of orders."""
SAMPLED_ORDERS = 64
BLOCK_ROWS = 8192
"""Rows scored at a time, so that a thousand explanations stay within a few megabytes."""
SEED = 20_110_912


@dataclass(frozen=True)
class Explained:
    """Scores of n transactions, and what made them.

    Attributes
    ----------
    log_odds, probability
        The model's answers, shape (n,).
    values
        Shapley values, signed, in log-odds, shape (n, d).
    standard_error
        Of each value, shape (n, d); zero where the values are exact.
    """

    log_odds: Vector
    probability: Vector
    values: Vector
    standard_error: Vector


def explain(X: Matrix, baseline: Matrix, score: Score) -> Explained:
    """Score rows and attribute each one's log-odds to its features.

    Parameters
    ----------
    X
        Rows to explain, shape (n, d).
    baseline
        The row they are compared with, shape (d,).
    score
        The model.
    """
    if X.shape[1] <= MAX_EXACT_FEATURES:
        return _exact(X, baseline, score)
    sampled = [_sampled(row, baseline, score) for row in X]
    return Explained(*map(np.stack, zip(*sampled, strict=True)))


def _exact(X: Matrix, baseline: Matrix, score: Score) -> Explained:
    n, d = X.shape
    members, weights = coalitions(d)
    found = Explained(np.empty(n), np.empty(n), np.empty((n, d)), np.zeros((n, d)))
    step = max(1, BLOCK_ROWS // len(members))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        mixed = np.where(members, X[rows, None, :], baseline).reshape(-1, d)
        log_odds, probability = (s.reshape(-1, len(members)) for s in score(mixed))
        found.log_odds[rows] = log_odds[:, -1]
        found.probability[rows] = probability[:, -1]
        found.values[rows] = log_odds @ weights
    return found


@cache
def coalitions(d: int) -> tuple[NDArray[np.bool_], Vector]:
    """All coalitions of d features, and the weights that turn their scores into Shapley values.

    Returns
    -------
    tuple of arrays
        Members, shape (2^d, d); weights, shape (2^d, d), so that `scores @ weights` are the values.
        With s members, a coalition weighs (s - 1)! (d - s)! / d! for its members, and
        -s! (d - s - 1)! / d! for the others.
    """
    members = ((np.arange(2**d)[:, None] >> np.arange(d)) & 1).astype(bool)
    sizes = members.sum(axis=1)
    joined = [
        factorial(s - 1) * factorial(d - s) / factorial(d) if s else 0.0 for s in range(d + 1)
    ]
    absent = [-factorial(s) * factorial(d - s - 1) / factorial(d) for s in range(d)] + [0.0]
    weights = np.where(members, np.array(joined)[sizes, None], np.array(absent)[sizes, None])
    return members, weights


def _sampled(row: Matrix, baseline: Matrix, score: Score) -> tuple[Vector, ...]:
    """One row's `Explained`: mean marginal contributions over orders drawn in antithetic pairs.

    Each order adds one feature after another and shares out the whole difference, so the sum is
    exact whatever the sample; an order and its reverse cancel part of each other's error (Mitchell
    et al., "Sampling permutations for Shapley value estimation", JMLR 23, 2022). Pairs are
    independent, which gives the standard error. The seed is fixed: the same transaction always
    gets the same reasons.
    """
    d = len(row)
    drawn = np.random.default_rng(SEED).permuted(
        np.tile(np.arange(d), (SAMPLED_ORDERS // 2, 1)), axis=1
    )
    orders = np.stack([drawn, drawn[:, ::-1]], axis=1)
    places = np.argsort(orders, axis=2)
    joined = places[:, :, None, :] < np.arange(d + 1)[:, None]
    log_odds, probability = score(np.where(joined, row, baseline).reshape(-1, d))
    steps = np.diff(log_odds.reshape(-1, 2, d + 1), axis=2)
    pairs = np.take_along_axis(steps, places, axis=2).mean(axis=1)
    standard_error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return log_odds[d], probability[d], pairs.mean(axis=0), standard_error
