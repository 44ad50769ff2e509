"""Live scores as percentiles of those at training."""

import pytest

from fraud.domain.drift_references import Bins
from fraud.domain.score_percentiles import POINTS, score_percentiles

QUARTERS = Bins(shares=(0.25, 0.25, 0.25, 0.25), rows=1000, edges=(-1.0, 0.0, 1.0))
SKEWED = Bins(shares=(0.9, 0.09, 0.01), rows=1000, edges=(0.0, 2.0))


def test_scores_like_those_at_training_are_spread_evenly() -> None:
    even = [100 * (point + 0.5) / POINTS for point in range(POINTS)]
    assert score_percentiles(QUARTERS, [7, 7, 7, 7]) == pytest.approx(even, abs=0.01)
    assert score_percentiles(SKEWED, [900, 90, 10]) == pytest.approx(even, abs=0.01)


def test_higher_scores_have_higher_percentiles() -> None:
    found = score_percentiles(SKEWED, [0, 0, 3])
    assert found == sorted(found)
    assert 99 <= found[0] < found[-1] <= 100


def test_an_empty_bin_is_passed_over() -> None:
    found = score_percentiles(QUARTERS, [50, 0, 0, 50])
    assert [p for p in found if 25 < p < 75] == []
    assert sum(p <= 25 for p in found) == sum(p >= 75 for p in found) == POINTS // 2


def test_without_predictions_there_is_nothing_to_tell() -> None:
    assert score_percentiles(QUARTERS, [0, 0, 0, 0]) == []
    assert score_percentiles(QUARTERS, []) == []
