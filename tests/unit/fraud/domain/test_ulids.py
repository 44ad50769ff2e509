"""ULIDs sort by their moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.errors import InvalidValue
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.ulids import LAST_MILLISECOND, at_millisecond, first_ulid, moment_of, new_ulid

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_a_ulid_is_not_before_the_first_of_its_millisecond_and_before_the_next(at) -> None:
    ulid = new_ulid(at)
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid)
    assert first_ulid(at) <= ulid < first_ulid(at + timedelta(milliseconds=1))
    assert moment_of(ulid) <= at < moment_of(ulid) + timedelta(milliseconds=1)


def test_before_1970_there_are_none() -> None:
    assert first_ulid(datetime(1, 1, 1, tzinfo=UTC)) == "0" * 26


def test_what_no_calendar_has_is_no_prediction_id() -> None:
    last = f"pr_{first_ulid(at_millisecond(LAST_MILLISECOND))}"
    assert PredictionId.parse(last).at.year == 9999
    for text in ("pr_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "pr_7ZZZZZZZZZ0000000000000000-3"):
        with pytest.raises(InvalidValue):
            PredictionId.parse(text)
