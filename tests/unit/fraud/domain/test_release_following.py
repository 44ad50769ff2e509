"""Whether predictions are answered by the model that is enabled."""

from datetime import UTC, datetime, timedelta

from fraud.domain.hour_counts import ModelCounts
from fraud.domain.release_following import FOLLOWED_WITHIN, left_behind

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
RELEASED = NOW - timedelta(hours=5)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def found(*hours: dict[str, datetime]):
    counted = [
        {name: ModelCounts(predictions=1, last_at=at) for name, at in hour.items()}
        for hour in hours
    ]
    return left_behind(counted, "new", RELEASED, NOW)


def test_a_release_that_was_followed_in_time_leaves_nobody_behind():
    assert found() is None
    assert found({"old": RELEASED - HOUR}) is None
    assert found({"old": RELEASED + FOLLOWED_WITHIN, "new": RELEASED + HOUR}) is None


def test_one_answer_of_the_model_before_within_the_last_hour_is_enough():
    other = found({"old": RELEASED - HOUR}, {"old": NOW - HOUR, "new": NOW - SECOND})
    assert other == ("old", NOW - HOUR, timedelta(hours=4))


def test_an_older_answer_counts_while_nothing_newer_came():
    at = RELEASED + FOLLOWED_WITHIN + SECOND
    assert found({"old": at}).model == "old"
    assert found({"old": at}, {"new": at + SECOND}) is None


def test_of_several_the_one_that_answered_last_is_named():
    assert found({"older": NOW - 2 * SECOND, "old": NOW - SECOND}).model == "old"


def test_hours_without_a_last_prediction_say_nothing():
    assert left_behind([{"old": ModelCounts(predictions=1)}], "new", RELEASED, NOW) is None
