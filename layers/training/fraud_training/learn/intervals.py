"""How sure the metrics are: bootstrap intervals from the score table."""

from __future__ import annotations

import numpy as np

from fraud_training.learn.inputs import Vector
from fraud_training.learn.metrics import RATES, first_alert_of, rates, ratio
from fraud_training.learn.score_table import ScoreTable

COVERAGE = 0.95
CELLS_AT_ONCE = 400_000


def bootstrap_intervals(
    table: ScoreTable, threshold: float, resamples: int, seed: int
) -> dict[str, tuple[float, float]]:
    """95 % intervals of all metrics of a table, by the percentile bootstrap.

    Rows are drawn again by giving every bin a Poisson count with its own count as mean, which is
    what drawing rows with replacement comes to in large tables; so the work depends on the bins
    and not on the rows. A bin's frauds count with their mean amount.

    Parameters
    ----------
    threshold
        Probability from which a row is predicted to be a fraud; the start of a bin.

    Returns
    -------
    dict
        The names of `RATES` to lower and upper end.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13; Chamandy et al.,
    "Estimating uncertainty for massive data streams", Google, 2012 (Poisson weights).
    """
    held, log_odds = table.compact()
    mean_amount = ratio(held.fraud_amount, held.fraud)
    first_alert = first_alert_of(log_odds, threshold)
    rng = np.random.default_rng(seed)
    found: list[dict[str, Vector]] = []
    left, at_once = resamples, max(1, CELLS_AT_ONCE // len(log_odds))
    while left > 0:
        shape = (min(left, at_once), len(log_odds))
        legit = rng.poisson(held.legit, shape).astype(np.float64)
        fraud = rng.poisson(held.fraud, shape).astype(np.float64)
        found.append(rates(legit, fraud, fraud * mean_amount, log_odds, first_alert))
        left -= shape[0]
    return {name: interval_of(np.concatenate([part[name] for part in found])) for name in RATES}


def interval_of(values: Vector) -> tuple[float, float]:
    """The 95 % percentile interval of resampled values, shape (resamples,)."""
    outside = (1 - COVERAGE) / 2
    low, high = np.quantile(values, [outside, 1 - outside])
    return float(low), float(high)
