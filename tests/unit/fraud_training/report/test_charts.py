"""Scales, words and marks."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from fraud_training.report.chart import Axis, Chart
from fraud_training.report.markup import Markup, element, escaped
from fraud_training.report.scales import decades, from_zero, linear, odds, shares
from fraud_training.report.sections.calibration import wilson_interval
from fraud_training.report.wording import interval, percent, plain, score, short


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.7589, "0.759"),
        (0.99955, "0.99955"),
        (0.000363, "0.00036"),
        (0.9999999, "1.00000"),
        (0.0, "0"),
        (1.0, "1"),
        (1.5, "1.500"),
        (math.nan, "\u2013"),
        (math.inf, "\u2013"),
    ],
)
def test_scores_keep_two_digits_of_what_matters(value, text):
    assert score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.9752, "97.5"), (0.002271, "0.23"), (0.9996, "99.960"), (0.000007, "0.00070"), (1.0, "100")],
)
def test_shares_are_never_rounded_to_nothing(value, text):
    assert percent(value) == f"{text}\u00a0%"


def test_both_ends_of_an_interval_have_the_same_decimals():
    assert interval([0.981, 0.9901]) == "0.9810 to 0.9901"
    assert interval([0.0099, 0.0123], percent) == "0.99\u00a0% to 1.23\u00a0%"
    assert interval(None) == ""


def test_axis_labels_are_short():
    assert [short(n) for n in (0, 100_000, 2_000_000)] == ["0", "100,000", "2\u00a0M"]
    assert [plain(v) for v in (0.0, 1e-5, 0.5, 214)] == ["0", "0.00001", "0.5", "214"]


@pytest.mark.parametrize(
    "scale",
    [linear(3, 31), from_zero(127), shares(), decades(7e-7, 1), odds(1e-6, 0.999), odds(0.2, 0.9)],
)
def test_scales_rise_from_0_to_1_and_name_what_lies_within(scale):
    assert scale.at(scale.low) == 0
    assert scale.at(scale.high) == 1
    assert scale.at(scale.low - 1) == 0
    assert scale.at(scale.high + 1) == 1
    places = [scale.at(value) for value, _ in scale.ticks]
    assert places == sorted(places)
    assert len(places) >= 2
    assert all(scale.low <= value <= scale.high for value, _ in scale.ticks)


def test_labels_of_ticks_do_not_touch():
    for scale in (decades(7e-7, 1), odds(1e-7, 0.9999), odds(0.001, 0.99)):
        ends = [(scale.at(v), 0.02 * len(text) / 2) for v, text in scale.ticks]
        for (left, half_left), (right, half_right) in pairwise(ends):
            assert left + half_left < right - half_right


def test_a_narrow_logarithmic_axis_still_has_ticks():
    assert len(decades(0.0021, 0.013).ticks) >= 2


def test_a_scale_without_extent_draws_in_the_middle():
    assert linear(0, 0).at(0) == 0
    assert odds(0.2, 0.2).at(0.2) == 0.5


def test_stairs_hold_each_height_up_to_its_point():
    chart = Chart("t", "d", Axis("x", shares()), Axis("y", shares()))
    stairs = chart.stairs([(0.5, 1.0), (1.0, 0.5)], "own")
    line = chart.line([(0, 1), (0.5, 1), (0.5, 0.5), (1, 0.5)], "own")
    assert stairs == line


def test_text_is_escaped_and_markup_is_not():
    assert element("p", "<b>", Markup("<i></i>"), cls='a"b') == (
        '<p class="a&quot;b">&lt;b&gt;<i></i></p>'
    )
    assert escaped("x" * 5_000).endswith("…")


def test_intervals_of_shares_are_wilsons():
    # Agresti and Coull, The American Statistician 52, 1998: 0 of 10 gives 0 to 0.278.
    low, high = wilson_interval(0, 10)
    assert low == 0
    assert high == pytest.approx(0.2775, abs=1e-3)
    low, high = wilson_interval(81, 263)
    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=1e-3)
