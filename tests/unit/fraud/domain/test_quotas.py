"""Quotas: days are UTC's, and a refusal says when the next one begins."""

from datetime import UTC, datetime

import pytest

from fraud.domain.quotas import next_day, used_up


@pytest.mark.parametrize(
    ("now", "retry_after_s"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), 86_400),
        (datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), 1),
        (datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, 12, tzinfo=UTC), 43_200),
    ],
)
def test_a_refusal_says_when_the_next_day_begins(now: datetime, retry_after_s: int) -> None:
    refusal = used_up(50, now)
    assert refusal.retry_after_s == retry_after_s
    assert "50 trainings a day" in refusal.message
    assert f"{retry_after_s} s" in refusal.message


def test_the_next_day_begins_at_midnight() -> None:
    now = datetime(2028, 2, 28, 17, 3, tzinfo=UTC)
    assert next_day(now) == datetime(2028, 2, 29, tzinfo=UTC)
