"""Wilson's interval, and F1's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.intervals import f1_interval, wilson_interval


@pytest.mark.parametrize(
    ("hits", "of", "interval"),
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine
    # 17, 1998, table I, method 3.
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_intervals_are_the_published_ones(hits, of, interval):
    assert wilson_interval(hits, of) == pytest.approx(interval, abs=1e-4)


def test_of_nothing_there_is_no_interval():
    assert wilson_interval(0, 0) is None
    assert f1_interval(0, 0, 0) is None


def test_f1_lies_within_its_interval_and_more_labels_narrow_it():
    low, high = f1_interval(70, 20, 30)
    assert low < 2 * 70 / (2 * 70 + 50) < high
    closer = f1_interval(700, 200, 300)
    assert low < closer[0] < closer[1] < high


def test_the_f1_interval_holds_the_truth_nineteen_times_in_twenty():
    rng = random.Random(3)  # noqa: S311 - no secret
    caught, missed, wrong = 0.6, 0.25, 0.15  # of what is a fraud or an alert
    truth = 2 * caught / (2 * caught + missed + wrong)
    held = 0
    for _ in range(1_000):
        draws = rng.choices("cmw", (caught, missed, wrong), k=120)
        low, high = f1_interval(draws.count("c"), draws.count("w"), draws.count("m"))
        held += low <= truth <= high
    assert 930 <= held <= 970


@st.composite
def counted(draw):
    of = draw(st.integers(1, 10**9))
    return draw(st.integers(0, of)), of


@given(counted())
def test_a_share_lies_within_its_interval_which_lies_within_0_and_1(case):
    hits, of = case
    low, high = wilson_interval(hits, of)
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    assert low < high


@given(counted())
def test_the_interval_of_misses_mirrors_that_of_hits(case):
    hits, of = case
    low, high = wilson_interval(hits, of)
    assert wilson_interval(of - hits, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(counted())
def test_one_hit_more_moves_the_interval_up_and_ten_times_the_cases_narrow_it(case):
    hits, of = case
    low, high = wilson_interval(hits, of)
    if hits < of:
        more_low, more_high = wilson_interval(hits + 1, of)
        assert more_low >= low
        assert more_high >= high
    closer_low, closer_high = wilson_interval(10 * hits, 10 * of)
    assert closer_high - closer_low < high - low


@given(*[st.integers(0, 10**6)] * 3)
def test_any_f1_lies_within_its_interval(tp, fp, fn):
    found = f1_interval(tp, fp, fn)
    if tp + fp + fn == 0:
        assert found is None
    else:
        low, high = found
        assert 0 <= low <= 2 * tp / (2 * tp + fp + fn) + 1e-12
        assert 2 * tp / (2 * tp + fp + fn) - 1e-12 <= high <= 1
