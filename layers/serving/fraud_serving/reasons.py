"""Contributions as reasons: features by name, values as people know them, and a sentence."""

from __future__ import annotations

from math import exp

from fraud.domain.features import Feature, FeatureSet
from fraud.domain.predictions import Reason

CONTRIBUTION_DECIMALS = 6
LEAST_FACTOR = 1.05
"""Odds that change by less are said to hardly change."""
MOST_FACTOR = 1000.0


def reasons_of(
    feature_set: FeatureSet, values: list[float], contributions: list[float]
) -> list[Reason]:
    """The reasons for one prediction.

    Parameters
    ----------
    feature_set
        The model's, of d features.
    values
        Its inputs, length d.
    contributions
        Their Shapley values in log-odds, length d.

    Returns
    -------
    list
        One reason for each feature, largest contribution by absolute value first.
    """
    order = sorted(range(len(values)), key=lambda i: -abs(contributions[i]))
    return [_reason(feature_set.features[i], values[i], contributions[i]) for i in order]


def _reason(feature: Feature, value: float, contribution: float) -> Reason:
    is_category = feature.kind == "category"
    shown = feature.categories[int(value)] if is_category else value
    name = f"{feature.name} {shown}" if is_category else f"{feature.name} of {value:,.2f}"
    return {
        "feature": feature.name,
        "value": shown,
        "contribution": round(contribution, CONTRIBUTION_DECIMALS) + 0.0,  # never -0.0
        "text": f"{name} {_effect(contribution)}",
    }


def _effect(contribution: float) -> str:
    """What a contribution does to the odds: e^contribution is the factor."""
    factor = exp(min(abs(contribution), 700.0))
    if factor < LEAST_FACTOR:
        return "hardly changes the odds of fraud"
    verb = "raises" if contribution > 0 else "lowers"
    times = f"{factor:.3g}" if factor < MOST_FACTOR else f"more than {MOST_FACTOR:,.0f}"
    return f"{verb} the odds of fraud {times} times"
