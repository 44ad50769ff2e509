"""What is due about a training that may have been lost, by its row and the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fraud.domain.overdue import Due, Patience, due, error_of
from fraud.domain.trainings import Training, TrainingRequest

ASKED = datetime(2026, 11, 1, tzinfo=UTC)
PATIENCE = Patience(message_hidden=timedelta(hours=1.5), message_kept=timedelta(days=4))
REQUEST = TrainingRequest(dataset="https://example.com/rows.csv")


def training(updated_after: timedelta = timedelta(0), **fields: Any) -> Training:
    return Training(
        id=1,
        request=REQUEST,
        client="shop",
        created_at=ASKED,
        updated_at=ASKED + updated_after,
        **fields,
    )


def processing(attempts: int, lease_h: float) -> Training:
    until = ASKED + timedelta(hours=lease_h)
    return training(status="processing", attempts=attempts, lease_until=until)


@pytest.mark.parametrize(
    ("found", "after_h", "what"),
    [
        (training(), 1.4, Due.NOTHING),
        (training(), 1.5, Due.REQUEUE),
        # Queued again after 2 hours: its next turn is 2 hours later, not 1.5.
        (training(timedelta(hours=2)), 3.9, Due.NOTHING),
        (training(timedelta(hours=2)), 4.0, Due.REQUEUE),
        (training(), 95.9, Due.REQUEUE),
        (training(), 96.0, Due.GIVE_UP),
        # Just queued again: its message may be on its way.
        (training(timedelta(hours=95)), 96.0, Due.NOTHING),
        (processing(1, lease_h=0.3), 1.4, Due.NOTHING),
        (processing(1, lease_h=0.3), 1.5, Due.REQUEUE),
        (processing(1, lease_h=9.0), 8.0, Due.NOTHING),
        (processing(2, lease_h=0.3), 1.5, Due.REQUEUE),
        (processing(3, lease_h=0.3), 1.5, Due.GIVE_UP),
        (processing(1, lease_h=0.3), 96.0, Due.GIVE_UP),
        (training(status="processed"), 1000.0, Due.NOTHING),
        (training(status="error"), 1000.0, Due.NOTHING),
    ],
)
def test_what_is_due(found: Training, after_h: float, what: Due) -> None:
    assert due(found, ASKED + timedelta(hours=after_h), PATIENCE) is what


def test_a_training_that_waits_for_days_is_queued_again_a_few_times() -> None:
    found, times, now = training(), 0, ASKED
    while (what := due(found, now, PATIENCE)) is not Due.GIVE_UP:
        if what is Due.REQUEUE:
            times += 1
            found = training(now - ASKED)
        now += timedelta(hours=1)
    assert 4 <= times <= 7
    assert now - ASKED < timedelta(days=5)


def test_the_error_says_whether_it_was_ever_begun() -> None:
    assert error_of(training())["code"] == "never_run"
    assert error_of(processing(3, lease_h=0.3))["code"] == "worker_lost"
    assert "3 times" in error_of(processing(3, lease_h=0.3))["message"]
