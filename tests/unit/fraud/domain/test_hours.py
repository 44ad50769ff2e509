"""Which hours are due."""

from datetime import UTC, datetime, timedelta

from fraud.domain.hours import HOUR, hour_of, hours_due, hours_ended

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
RUNNING = hour_of(NOW)
DAY = timedelta(days=1)


def ago(hours: int) -> datetime:
    return RUNNING - hours * HOUR


def test_the_first_run_counts_everything_newest_first_within_its_limit():
    assert hours_due(NOW, {}, DAY, 100) == [ago(i) for i in range(25)]
    assert hours_due(NOW, {}, DAY, 4) == [ago(i) for i in range(4)]


def test_an_hour_is_counted_again_until_it_was_counted_an_hour_after_its_end():
    at_8_20, at_7_20 = NOW - HOUR, NOW - 2 * HOUR
    counted = {ago(i): at_8_20 for i in range(25)} | {RUNNING: NOW}
    assert hours_due(NOW, counted, DAY, 100) == [RUNNING, ago(1), ago(2)]
    counted[ago(2)] = at_7_20
    assert hours_due(NOW, counted, DAY, 100) == [RUNNING, ago(1), ago(2)]
    counted[ago(2)] = NOW
    assert hours_due(NOW, counted, DAY, 100) == [RUNNING, ago(1)]


def test_missed_hours_are_made_good():
    counted = {ago(i): NOW for i in range(3, 25) if i not in {10, 11}}
    assert hours_due(NOW, counted, DAY, 100) == [RUNNING, ago(1), ago(2), ago(10), ago(11)]


def test_labels_of_an_hour_are_counted_once_when_it_is_settled():
    assert hours_ended(NOW, {}, 5 * HOUR, 100) == [ago(i) for i in range(2, 6)]
    assert hours_ended(NOW, {ago(2): NOW, ago(4): NOW}, 5 * HOUR, 100) == [ago(3), ago(5)]
    assert hours_ended(NOW, {}, 5 * HOUR, 1) == [ago(2)]
