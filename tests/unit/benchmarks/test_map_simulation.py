from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def maps(benchmarks_on_the_path: None) -> Any:
    import map_simulation  # noqa: PLC0415

    return map_simulation


def work_of(maps: Any, shards: int, **given: Any) -> Any:
    asked = {"seconds": 4.0, "cold_start_s": 1.0, "gets": 3, "puts": 1, "writes": 1}
    asked |= {"max_concurrency": 100, "parameter": "AtOnce"} | given
    return maps.MapWork(shards=shards, **asked)


SHARDS = st.integers(1, 20_000)
SECONDS = st.floats(0.1, 200)
AT_ONCE = st.integers(1, 12_000)


@given(SHARDS, SECONDS, AT_ONCE)
@settings(deadline=None)
def test_a_map_never_ends_before_its_critical_path(
    maps: Any, shards: int, seconds: float, at_once: int
) -> None:
    work = work_of(maps, shards, seconds=seconds, max_concurrency=at_once)
    rounds = -(-shards // maps.workers(work))
    assert maps.map_seconds(work) >= work.cold_start_s + rounds * seconds - 1e-9


@given(SHARDS, SECONDS, AT_ONCE)
@settings(deadline=None)
def test_a_map_never_takes_longer_than_one_worker_would(
    maps: Any, shards: int, seconds: float, at_once: int
) -> None:
    work = work_of(maps, shards, seconds=seconds, max_concurrency=at_once)
    alone = work.cold_start_s + shards * seconds
    assert maps.map_seconds(work) <= alone + maps.PRECISION_S


@given(SHARDS, SHARDS, SECONDS, AT_ONCE)
@settings(deadline=None)
def test_more_shards_take_as_long_or_longer(
    maps: Any, shards: int, more: int, seconds: float, at_once: int
) -> None:
    work = work_of(maps, shards, seconds=seconds, max_concurrency=at_once)
    longer = maps.map_seconds(replace(work, shards=shards + more))
    assert longer >= maps.map_seconds(work) - maps.PRECISION_S


@given(SHARDS, AT_ONCE, AT_ONCE)
@settings(deadline=None)
def test_more_workers_never_take_longer(maps: Any, shards: int, at_once: int, more: int) -> None:
    work = work_of(maps, shards, max_concurrency=at_once)
    sooner = maps.map_seconds(replace(work, max_concurrency=at_once + more))
    assert sooner <= maps.map_seconds(work) + maps.PRECISION_S


def test_shards_that_all_fit_take_as_long_as_one(maps: Any) -> None:
    work = work_of(maps, 100)
    assert maps.map_seconds(work) == pytest.approx(5.0, abs=maps.PRECISION_S)
    assert maps.bottleneck(work) == "one shard"


def test_workers_beyond_the_first_thousand_come_by_the_hundred_a_second(maps: Any) -> None:
    work = work_of(maps, 3_000, max_concurrency=10_000, seconds=60.0)
    raised = replace(maps.DOCUMENTED, concurrency=10_000)
    assert maps.map_seconds(work, raised) == pytest.approx(81, abs=0.1)
    assert maps.bottleneck(work, raised) == "Lambda's scaling rate"


def test_the_bottleneck_moves_from_the_parameter_to_quotas_to_s3(maps: Any) -> None:
    found = [
        maps.bottleneck(work_of(maps, 100_000)),
        maps.bottleneck(work_of(maps, 100_000, max_concurrency=1_000)),
        maps.bottleneck(
            work_of(maps, 200_000, seconds=60, max_concurrency=20_000),
            replace(maps.DOCUMENTED, concurrency=20_000),
        ),
        maps.bottleneck(work_of(maps, 100_000, gets=400, max_concurrency=1_000)),
        maps.bottleneck(work_of(maps, 100_000, puts=400, max_concurrency=1_000)),
        maps.bottleneck(work_of(maps, 100_000, writes=400, max_concurrency=1_000)),
    ]
    assert found == [
        "AtOnce",
        "Lambda concurrency",
        "the map's children",
        "S3 GETs a second",
        "S3 PUTs a second",
        "DynamoDB writes a second",
    ]


def test_requests_are_never_sent_faster_than_a_prefix_takes_them(maps: Any) -> None:
    work = work_of(maps, 10_000, seconds=0.1, gets=5.5, max_concurrency=1_000)
    assert maps.map_seconds(work) == pytest.approx(10.0)
