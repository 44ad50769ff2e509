"""Which distribution has drifted, in which window, and which may decide."""

from datetime import timedelta

from fraud.domain.drift import drift_of, drift_report
from fraud.domain.drift_references import Bins, DriftReference
from fraud.domain.drift_windows import WINDOWS, WindowCounts
from fraud.domain.hour_counts import ModelCounts

TYPES = Bins(shares=(0.7, 0.3), rows=100_000, categories=("DEBIT", "TRANSFER"))
DAYS = Bins(shares=(0.5, 0.5), rows=100_000, edges=(15.0,))
SAME, MOVED = [700, 300], [300, 700]


def drift(feature, bins, day, week, covered=WINDOWS["last_week"]):
    windows = {
        name: WindowCounts(ModelCounts(scores=rows), min(covered, WINDOWS[name]))
        for name, rows in (("last_day", day), ("last_week", week))
    }
    return drift_of(feature, bins, windows, lambda counts: counts.scores)


def test_the_shortest_window_with_enough_rows_decides():
    both = drift("type", TYPES, MOVED, SAME)
    assert (both.window, both.band, both.decides) == ("last_day", "major", True)
    quiet = drift("type", TYPES, [30, 70], SAME)
    assert (quiet.window, quiet.band, quiet.decides) == ("last_week", "stable", True)


def test_too_few_rows_give_no_verdict_and_say_how_many_are_needed():
    found = drift("type", TYPES, [3, 7], [30, 70])
    assert (found.psi, found.band, found.decides) == (None, None, False)
    assert found.why_not == f"100 of {found.rows_needed} predictions needed"
    assert 100 < found.rows_needed < 300


def test_what_moved_most_is_named():
    kinds = Bins(shares=(0.6, 0.3, 0.1), rows=100_000, categories=("DEBIT", "PAYMENT", "TRANSFER"))
    moved = drift("type", kinds, [400, 250, 350], SAME).moved_most
    assert (moved.bin, moved.training, moved.live) == ("TRANSFER", 0.1, 0.35)


def test_the_day_of_month_is_reported_and_never_decides():
    found = drift("day_of_month", DAYS, [1000, 0], [7000, 0])
    assert found.psi > 1
    assert found.decides is False
    assert found.why_not == "it is the calendar: it takes 1488 hours of predictions to tell"


def test_the_hour_of_day_decides_over_a_week_that_has_at_least_two_days():
    found = drift("hour_of_day", DAYS, [1000, 0], [3500, 3500])
    assert (found.window, found.band, found.decides) == ("last_week", "stable", True)
    young = drift("hour_of_day", DAYS, [1000, 0], [1000, 0], covered=timedelta(hours=47))
    assert (young.window, young.band, young.decides) == ("last_day", "major", False)


def test_part_of_a_day_is_shown_and_does_not_decide():
    found = drift("type", TYPES, MOVED, MOVED, covered=timedelta(hours=21))
    assert (found.window, found.band, found.decides) == ("last_day", "major", False)
    assert found.why_not == "night and noon differ: it takes 21 hours of predictions to tell"
    assert drift("type", TYPES, MOVED, MOVED, covered=timedelta(hours=22)).decides is True


def test_a_tiny_training_set_never_gives_a_verdict():
    tiny = Bins(shares=(0.05,) * 20, rows=100, edges=tuple(map(float, range(19))))
    found = drift("amount_log", tiny, [1000] * 20, [1000] * 20)
    assert (found.psi, found.rows_needed, found.decides) == (None, None, False)
    assert "100 rows" in found.why_not


def test_a_report_covers_the_score_and_every_input():
    reference = DriftReference(scores=TYPES, features={"type": TYPES, "day_of_month": DAYS})
    counts = ModelCounts(
        predictions=1000, scores=SAME, features={"type": MOVED, "day_of_month": [1000, 0]}
    )
    report = drift_report(reference, {n: WindowCounts(counts, w) for n, w in WINDOWS.items()})
    assert report.rows == {"last_day": 1000, "last_week": 1000}
    assert set(report.deciding()) == {"the score", "type"}
    assert report.score.band == "stable"
    assert report.features["day_of_month"].band == "major"
