"""Wilson's interval, and F1's."""

import random

import pytest

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
