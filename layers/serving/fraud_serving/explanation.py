"""Why a transaction got its score: Shapley values of its inputs, in log-odds.

The players are the model's inputs; a coalition scores a row that has the transaction's values for
its members and the baseline's for the others. The values add up to the transaction's log-odds
minus the baseline's (Shapley, "A value for n-person games", 1953; as reasons for a single
prediction: Štrumbelj and Kononenko, JMLR 11, 2010).
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
type LogOdds = Callable[[Matrix], Vector]
"""Scores rows, shape (n, d), and returns their log-odds, shape (n,)."""

MAX_EXACT_FEATURES = 10
"""Up to here all 2^d coalitions are scored; above, a sample of orders."""
SAMPLED_ORDERS = 64
BLOCK_ROWS = 8192
"""Rows scored at a time, so that a thousand explanations stay within a few megabytes."""
SEED = 20_110_912


@dataclass(frozen=True)
class Contributions:
    """Shapley values of n transactions.

    Attributes
    ----------
    values
        Signed, in log-odds, shape (n, d).
    standard_error
        Of each value, shape (n, d); zero where the values are exact.
    """

    values: Vector
    standard_error: Vector


def explain(X: Matrix, baseline: Matrix, log_odds: LogOdds) -> Contributions:
    """Attribute each row's log-odds to its features.

    Parameters
    ----------
    X
        Rows to explain, shape (n, d).
    baseline
        The row they are compared with, shape (d,).
    log_odds
        The model.
    """
    if X.shape[1] <= MAX_EXACT_FEATURES:
        return _exact(X, baseline, log_odds)
    sampled = [_sampled(row, baseline, log_odds) for row in X]
    values, errors = zip(*sampled, strict=True)
    return Contributions(np.stack(values), np.stack(errors))


def _exact(X: Matrix, baseline: Matrix, log_odds: LogOdds) -> Contributions:
    n, d = X.shape
    members, weights = coalitions(d)
    values = np.empty((n, d))
    step = max(1, BLOCK_ROWS // len(members))
    for start in range(0, n, step):
        block = X[start : start + step]
        mixed = np.where(members, block[:, None, :], baseline)
        scores = log_odds(mixed.reshape(-1, d)).reshape(len(block), -1)
        values[start : start + step] = scores @ weights
    return Contributions(values, np.zeros_like(values))


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


def _sampled(row: Matrix, baseline: Matrix, log_odds: LogOdds) -> tuple[Vector, Vector]:
    """Mean marginal contributions over orders drawn in antithetic pairs.

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
    scores = log_odds(np.where(joined, row, baseline).reshape(-1, d)).reshape(-1, 2, d + 1)
    marginal = np.take_along_axis(np.diff(scores, axis=2), places, axis=2)
    pairs = marginal.mean(axis=1)
    return pairs.mean(axis=0), pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
