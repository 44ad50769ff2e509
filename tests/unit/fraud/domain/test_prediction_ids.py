"""Ids say when, and where in the log."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.errors import InvalidValue
from fraud.domain.prediction_ids import (
    LOG_SHARDS,
    ROWS_PER_ITEM,
    PredictionId,
    first_id,
    log_parts,
)

AT = datetime(2026, 11, 22, 23, 59, 59, 999_000, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis wants them naive
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(at=MOMENTS, index=st.none() | st.integers(0, 999))
def test_an_id_reads_back_as_itself(at, index) -> None:
    made = PredictionId(PredictionId.new(at).base, index)
    assert PredictionId.parse(str(made)) == made


@given(at=MOMENTS)
def test_an_id_knows_its_moment_to_the_millisecond(at) -> None:
    assert abs(PredictionId.new(at).at - at) < timedelta(milliseconds=1.001)


def test_ids_look_as_described() -> None:
    text = str(PredictionId.new(AT))
    assert len(text) == 29
    assert text.startswith("pr_01")


def test_ids_sort_by_time() -> None:
    moments = [AT + timedelta(milliseconds=i * i) for i in range(200)]
    ids = [str(PredictionId.new(at)) for at in moments]
    assert ids == sorted(ids)


def test_ids_do_not_repeat_within_a_millisecond() -> None:
    assert len({PredictionId.new(AT) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pr_",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4K",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KWW",
        "pr_81M82DBFA6Z3ETA4M0HNCJW4KW",
        "pr_01m82dbfa6z3eta4m0hncjw4kw",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KU",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KW-",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KW-01",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KW-1000",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KW-\u0663",
        "pr_01M82DBFA6Z3ETA4M0HNCJW4KW\n",
        "xx_01M82DBFA6Z3ETA4M0HNCJW4KW",
    ],
)
def test_what_is_no_id_is_refused(text) -> None:
    with pytest.raises(InvalidValue) as raised:
        PredictionId.parse(text)
    assert raised.value.fields[0].field == "prediction_id"


def test_an_id_alone_locates_its_item() -> None:
    single = PredictionId.new(AT)
    assert single.log_key.pk == f"2026-11-22#{single.shard:02d}"
    assert single.log_key.sk == str(single)


def test_members_of_a_batch_share_few_items() -> None:
    batch = PredictionId.new(AT)
    keys = Counter(batch.member(i).log_key for i in range(1000))
    assert set(keys.values()) == {ROWS_PER_ITEM}
    assert [key.sk for key in sorted(keys)] == [f"{batch}-{part}" for part in range(4)]
    assert {key.pk for key in keys} == {batch.log_key.pk}


def test_no_partition_gets_more_than_its_share() -> None:
    counts = Counter(PredictionId.new(AT).log_key.pk for _ in range(100_000))
    assert len(counts) == LOG_SHARDS
    assert max(counts.values()) <= 1.3 * 100_000 / LOG_SHARDS


def test_the_parts_of_a_time_are_the_partitions_of_its_days() -> None:
    since = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    parts = list(log_parts(since, midnight))
    assert len(parts) == LOG_SHARDS
    assert {part.pk[:10] for part in parts} == {"2026-11-29"}
    assert {part.low for part in parts} == {first_id(since)}
    assert len(list(log_parts(since, midnight + timedelta(milliseconds=1)))) == 2 * LOG_SHARDS
