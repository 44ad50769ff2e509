"""Times are read with their offset, or refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
