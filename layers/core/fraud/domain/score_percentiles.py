"""Where live scores lie among those at training: a histogram that any model's scores fit into."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from fraud.domain.drift_references import Bins

POINTS = 50
"""How many values stand for all scores. They are the values of one metric in one document of
CloudWatch's embedded metric format, which takes 100 at most."""

DECIMALS = 2


def score_percentiles(bins: Bins, counts: Sequence[int]) -> list[float]:
    """The live scores, each as the percentile it had at training, thinned out to `POINTS` of them.

    Within a bin scores are taken as spread evenly. Scores like those at training have a median of
    50, a first decile of 10 and so on, whatever the model; so have those of a batch of any size.

    Parameters
    ----------
    counts
        Live rows by bin, length k.

    Returns
    -------
    list of float
        From 0 to 100, ascending; empty without rows.
    """
    total = sum(counts)
    if not total:
        return []
    ends = list(accumulate(counts))
    starts_at_training = [0.0, *accumulate(bins.shares)]
    found, place = [], 0
    for point in range(POINTS):
        rank = (point + 0.5) / POINTS * total
        while ends[place] < rank:
            place += 1
        inside = (rank - (ends[place] - counts[place])) / counts[place]
        percentile = 100 * (starts_at_training[place] + inside * bins.shares[place])
        found.append(round(min(percentile, 100.0), DECIMALS))
    return found
