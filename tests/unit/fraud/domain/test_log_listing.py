"""What a listing covers, and where its next page begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.errors import BadRequest, InvalidValue
from fraud.domain.log_listing import (
    CLOCK_SKEW,
    DEFAULT_WINDOW,
    LONGEST_KEPT,
    LogPosition,
    PageToken,
    Wanted,
    window,
)
from fraud.domain.prediction_ids import PredictionId, first_id

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
MIDNIGHT = NOW.replace(hour=0)
DAY = timedelta(days=1)
SK = "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H"


def test_by_default_the_last_day_is_wanted() -> None:
    assert window(None, None, NOW) == (NOW - DEFAULT_WINDOW, NOW + CLOCK_SKEW)
    assert window(None, NOW - DAY, NOW) == (NOW - DAY - DEFAULT_WINDOW, NOW - DAY)
    assert window(NOW - 3 * DAY, None, NOW) == (NOW - 3 * DAY, NOW + CLOCK_SKEW)


MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(since=st.none() | MOMENTS, until=st.none() | MOMENTS)
def test_a_window_lies_between_what_was_kept_longest_and_now(since, until) -> None:
    if since is not None and since >= (until or NOW + CLOCK_SKEW):
        with pytest.raises(InvalidValue):
            window(since, until, NOW)
        return
    begin, end = window(since, until, NOW)
    assert NOW - LONGEST_KEPT <= begin <= end <= NOW + CLOCK_SKEW


@pytest.mark.parametrize(
    ("since", "start", "days"),
    [
        (NOW - DAY, LogPosition(first_id(NOW)), [22, 21]),
        (MIDNIGHT, LogPosition(first_id(NOW)), [22]),
        (MIDNIGHT - DAY, LogPosition(first_id(MIDNIGHT)), [21]),
        (MIDNIGHT - DAY, LogPosition(PredictionId.new(MIDNIGHT).base), [22, 21]),
        (MIDNIGHT, LogPosition(first_id(MIDNIGHT)), []),
        (NOW, LogPosition(first_id(NOW - DAY)), []),
    ],
)
def test_days_are_those_between_the_position_and_the_beginning(since, start, days) -> None:
    wanted = Wanted(since, NOW)
    assert list(wanted.days(start)) == [date(2026, 11, day) for day in days]


def test_a_position_counts_below_the_end_only() -> None:
    wanted = Wanted(NOW - DAY, NOW)
    later = LogPosition(PredictionId.new(NOW + DAY).base)
    earlier = LogPosition(PredictionId.new(NOW - timedelta(hours=1)).base)
    assert wanted.start(None) == wanted.start(later) == LogPosition(first_id(NOW))
    assert wanted.start(earlier) == earlier


@given(
    sk=st.sampled_from([SK, f"{SK}-3", f"{SK}#label#{SK[3:]}", f"{SK}-999#label#{SK[3:]}"]),
    index=st.none() | st.integers(0, 999),
    since=st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_token_reads_back_as_itself_to_the_millisecond(sk, index, since) -> None:
    since = since.replace(microsecond=since.microsecond // 1000 * 1000)
    token = PageToken(LogPosition(sk, index), since)
    assert PageToken.decode(token.encode()) == token


@given(st.text(max_size=60))
def test_no_other_text_is_a_token(text) -> None:
    with pytest.raises(BadRequest):
        PageToken.decode(text)
