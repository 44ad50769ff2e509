"""Times are read with their offset, or refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.moments import parse_moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T20:00:00Z", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-22t20:00:00z", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-23T01:30:00+05:30", datetime(2026, 11, 22, 20, tzinfo=UTC)),
        ("2026-11-22T20:00:00.123Z", datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-11-22T20:00:00.123456789Z", datetime(2026, 11, 22, 20, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-11-22T20:00:00-00:00", datetime(2026, 11, 22, 20, tzinfo=UTC)),
    ],
)
def test_an_rfc_3339_time_is_read_in_utc(text: str, moment: datetime) -> None:
    assert parse_moment(text) == moment
    assert parse_moment(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-11-22", "2026-11-22T20:00:00", "2026-11-22T20:00Z", "20261122T200000Z",
        "2026-11-22 20:00:00Z", "2026-11-22T20:00:00 01:00", "2026-11-22T20:00:00+0100",
        "2026-02-30T20:00:00Z", "2026-11-22T24:00:01Z", "2026-11-22T20:00:60Z",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-22T20:00:00Z ",
        "2026-11-22T20:00:00+25:00", "٢026-11-22T20:00:00Z", f"2026-11-22T20:00:00.{'1' * 40}Z",
        1_700_000_000, 1.5, True, None, {}, datetime(2026, 11, 22),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="with its offset"):
        parse_moment(text)


OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)  # noqa: DTZ001


@given(TIMES)
def test_any_time_with_any_offset_comes_back_as_the_same_moment(moment: datetime) -> None:
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(moment) == moment
    in_utc = moment.astimezone(UTC)
    assert parse_moment(in_utc.isoformat().replace("+00:00", "Z")) == moment


@given(st.text() | st.text("0123456789-:.+TtZz ", max_size=41) | st.integers() | st.binary())
def test_whatever_is_sent_is_a_moment_in_utc_or_refused_in_words(sent: object) -> None:
    try:
        moment = parse_moment(sent)
    except ValueError as e:
        assert str(e).startswith("should be a time with its offset")  # noqa: PT017 - or no error
    else:
        assert moment.tzinfo is UTC
