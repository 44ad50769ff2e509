"""The population stability index, its bands, and how many rows it takes."""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fraud.domain.drift_references import Bins
from fraud.domain.stability import Band, band_of, rows_needed, stability_index

MANY = 10**9


def bins(*shares: float, rows: int = MANY) -> Bins:
    return Bins(shares=shares, rows=rows, categories=tuple(map(str, range(len(shares)))))


def test_equal_shares_have_not_moved():
    assert stability_index(bins(0.2, 0.3, 0.5), [200, 300, 500]) == pytest.approx(0, abs=1e-5)


def test_the_index_is_that_of_the_published_example():
    # https://www.geeksforgeeks.org/data-science/population-stability-index-psi/: incomes of two
    # years, 40, 30 and 30 % against 35, 25 and 40 %.
    by_hand = -0.05 * math.log(0.35 / 0.4) - 0.05 * math.log(0.25 / 0.3) + 0.1 * math.log(4 / 3)
    assert by_hand == pytest.approx(0.0446, abs=1e-4)
    counts = [350_000, 250_000, 400_000]
    assert stability_index(bins(0.4, 0.3, 0.3), counts) == pytest.approx(by_hand, abs=1e-5)


def test_a_move_of_half_the_rows_is_computed_by_hand():
    expected = (0.75 - 0.5) * math.log(1.5) + (0.25 - 0.5) * math.log(0.5)  # 0.2747
    found = stability_index(bins(0.5, 0.5), [750_000, 250_000])
    assert found == pytest.approx(expected, abs=1e-5)
    assert band_of(found) is Band.MAJOR


def test_an_empty_bin_counts_as_half_a_row():
    found = stability_index(bins(0.5, 0.5), [100, 0])
    a, b = 100.5 / 101, 0.5 / 101
    assert found == pytest.approx((a - 0.5) * math.log(a / 0.5) + (b - 0.5) * math.log(b / 0.5))
    assert stability_index(bins(0.5, 0.5), [10_000, 0]) > found


def test_a_bin_that_training_never_saw_counts_too():
    assert stability_index(bins(1.0, 0.0, rows=10_000), [500, 500]) > 1


@pytest.mark.parametrize(
    ("index", "band"),
    [(0.0, "stable"), (0.0999, "stable"), (0.1, "moderate"), (0.2499, "moderate"), (0.25, "major")],
)
def test_bands_begin_where_they_say(index, band):
    assert band_of(index) == band


@pytest.mark.parametrize(
    ("k", "exact"),
    # Upper 1-in-10,000 points of chi-square with k - 1 degrees of freedom: 23.51, 50.80.
    [(5, 235.1), (20, 508.0)],
)
def test_enough_rows_are_those_where_chance_passes_the_first_band_once_in_ten_thousand(k, exact):
    assert rows_needed(bins(*[1 / k] * k)) == pytest.approx(exact, rel=0.03)


def test_a_small_training_set_asks_for_more_rows_and_a_tiny_one_for_any_number():
    shares = [0.05] * 20
    assert rows_needed(bins(*shares, rows=1_000)) > rows_needed(bins(*shares, rows=100_000))
    assert rows_needed(bins(*shares, rows=400)) is None


def test_without_drift_just_enough_rows_stay_in_the_first_band():
    rng = random.Random(7)  # noqa: S311 - no secret
    k, training = 20, 100_000
    reference = bins(*[1 / k] * k, rows=training)
    n = rows_needed(reference)
    passed = 0
    for _ in range(500):
        counts = [0] * k
        for _ in range(n):
            counts[rng.randrange(k)] += 1
        passed += stability_index(reference, counts) >= 0.1
    assert passed <= 1


COUNTED = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=2, max_size=20
).filter(lambda pairs: sum(training for training, _ in pairs) > 0)
"""Rows at training and live, by bin."""


def index_of(pairs):
    training, live = zip(*pairs, strict=True)
    rows = sum(training)
    return stability_index(bins(*(n / rows for n in training), rows=rows), live)


@given(COUNTED, st.randoms(use_true_random=False))
def test_an_index_is_never_negative_and_knows_no_order_of_bins(pairs, rng):
    index = index_of(pairs)
    assert index >= -1e-12
    shuffled = rng.sample(pairs, len(pairs))
    assert index_of(shuffled) == pytest.approx(index, rel=1e-9, abs=1e-9)


@given(COUNTED)
def test_an_index_is_the_same_whichever_side_is_called_live(pairs):
    assume(sum(live for _, live in pairs) > 0)
    swapped = [(live, training) for training, live in pairs]
    assert index_of(swapped) == pytest.approx(index_of(pairs), rel=1e-9, abs=1e-9)
