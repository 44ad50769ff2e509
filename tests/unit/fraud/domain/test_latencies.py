"""Latency quantiles from counts that add up."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.latencies import RESOLUTION, latency_bin, latency_quantile

SHARES = (0.01, 0.5, 0.95, 0.99, 1.0)


def exact(values, share):
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values)
    return next(v for i, v in enumerate(ordered, 1) if i >= share * len(ordered))


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_are_within_their_resolution_of_the_exact_ones(seed):
    rng = random.Random(seed)  # noqa: S311 - no secret
    values = [rng.lognormvariate(rng.uniform(0, 4), 1.2) for _ in range(5_000)]
    counts = Counter(map(latency_bin, values))
    for share in SHARES:
        found = latency_quantile(counts, share)
        assert found == pytest.approx(exact(values, share), rel=RESOLUTION)


def test_hours_add_up_to_the_day():
    rng = random.Random(1)  # noqa: S311 - no secret
    hours = [[rng.lognormvariate(2, h / 12) for _ in range(200)] for h in range(1, 25)]
    day = Counter()
    for hour in hours:
        day.update(Counter(map(latency_bin, hour)))
    everything = [value for hour in hours for value in hour]
    assert day == Counter(map(latency_bin, everything))
    assert latency_quantile(day, 0.95) == pytest.approx(exact(everything, 0.95), rel=RESOLUTION)


def test_extremes_share_the_outermost_bins_and_no_requests_have_no_latency():
    assert latency_bin(0.0) == latency_bin(0.01)
    assert latency_bin(1e9) == latency_bin(60_000)
    assert latency_bin(60_000) - latency_bin(0) < 75
    assert latency_quantile({}, 0.5) is None


@given(
    st.lists(st.floats(0.05, 60_000), min_size=1, max_size=50),
    st.floats(0.001, 1, exclude_min=True),
)
def test_any_quantile_of_any_latencies_is_within_its_resolution(values, share):
    found = latency_quantile(Counter(map(latency_bin, values)), share)
    assert found == pytest.approx(exact(values, share), rel=RESOLUTION * 1.0001)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_longer_latency_is_never_in_a_lower_bin(a, b):
    assert latency_bin(min(a, b)) <= latency_bin(max(a, b))
