"""Which predictions of a model are a fair sample of its work."""

from datetime import UTC, datetime, timedelta

import pytest

from fraud.domain.drift_windows import needed_cover, window_counts
from fraud.domain.hour_counts import HourCounts, ModelCounts

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)


def hour(ago: int, **predictions: int) -> HourCounts:
    at = NOW.replace(minute=0) - ago * HOUR
    models = {name: ModelCounts(predictions=n, scores=[n]) for name, n in predictions.items()}
    return HourCounts(hour=at, counted_at=NOW, models=models)


def covered(*hours: HourCounts, model: str = "new") -> dict[str, float]:
    return {
        name: window.covered / HOUR for name, window in window_counts(hours, model, NOW).items()
    }


def test_windows_hold_their_hours_the_running_one_included():
    hours = [hour(ago, new=1) for ago in range(200, -1, -1)]
    found = window_counts(hours, "new", NOW)
    assert {name: w.counts.predictions for name, w in found.items()} == {
        "last_day": 24,
        "last_week": 168,
    }
    assert found["last_day"].counts.scores == [24]


def test_a_model_that_alone_answered_for_days_covers_the_windows():
    assert covered(*[hour(ago, new=5) for ago in range(300, -1, -1)]) == {
        "last_day": 24,
        "last_week": 168,
    }
    # Hours without any prediction, as at night, take nothing away.
    asked = [hour(ago, new=5) for ago in range(200, -1, -1) if ago % 24 < 12]
    assert covered(*asked) == {"last_day": 24, "last_week": 168}


@pytest.mark.parametrize("tried", [20, 60, 160])
def test_a_request_tried_before_does_not_make_an_hour_of_traffic_a_days(tried):
    found = covered(hour(tried, new=1), hour(1, new=600))
    quiet_and_traffic = 12 + (1 if tried < 24 else 0) + 1 + 1 / 3
    assert found["last_week"] <= 12 + 1 + 1 + 1 / 3
    assert found["last_day"] <= quiet_and_traffic
    assert found["last_day"] * HOUR < needed_cover(None)


def test_a_weekend_without_work_counts_as_one_night():
    week = [hour(ago, new=5) for ago in range(168, 60, -1)]
    worked, night, monday = 168 - 61 - 1 / 3, 12 + 1, 1 + 1 / 3
    found = covered(*week, hour(1, new=5))
    assert found["last_week"] == pytest.approx(worked + night + monday)


def test_a_young_service_covers_the_time_since_its_first_prediction():
    found = covered(hour(5, new=5), hour(1, new=5))
    assert found["last_day"] == found["last_week"] == pytest.approx(5 + 1 / 3)


def test_a_model_that_took_over_covers_its_share_of_the_predictions():
    hours = [hour(ago, old=10) for ago in range(200, 5, -1)]
    hours += [hour(ago, new=10) for ago in range(5, -1, -1)]
    found = covered(*hours)
    assert found["last_day"] == pytest.approx(24 * 6 / 24)
    assert found["last_week"] == pytest.approx(168 * 6 / 168)
    assert found["last_day"] * HOUR < needed_cover(None)


def test_a_model_that_was_never_asked_covers_nothing():
    assert covered(hour(3, old=5)) == {"last_day": 0, "last_week": 0}
    assert covered() == {"last_day": 0, "last_week": 0}
