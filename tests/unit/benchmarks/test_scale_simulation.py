"""What the simulation of scale must say whatever was measured."""

import sys
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.scoring_costs import estimated_cost
from fraud.domain.training_costs import estimated_training_usd

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from scale_simulation import (
    MEMORY_MB,
    Limits,
    Measured,
    OnlineLimits,
    least_raised,
    map_seconds,
    online,
    scoring,
    training,
)

MEASURED = Measured(
    bytes_per_row=85.0,
    rows_per_s=400_000.0,
    rows_per_s_with_reasons=10_000.0,
    plan_s=0.0005,
    finish_s=0.0002,
    gets=3.0,
    puts=1.0,
    writes=1.0,
    survey_rows_per_s=2e6,
    draw_rows_per_s=4e6,
    held_out_rows_per_s=5e5,
    weigh_s=0.004,
    drawn_s=0.001,
    sum_s=0.01,
    fit_s=20.0,
    judge_s=1.0,
    start_s=0.4,
)
LIMITS = Limits()
ROWS = st.integers(10**5, 10**11)
WORKERS = st.integers(1, 20_000)


@given(ROWS, WORKERS)
def test_no_run_is_shorter_than_its_longest_range_or_its_work_shared_out(
    rows: int, workers: int
) -> None:
    limits = replace(LIMITS, concurrency=workers)
    run = scoring(rows, MEASURED, limits, reasons=False)
    work_s = rows / MEASURED.rows_per_s
    assert run.phases["map"] >= work_s / min(workers, limits.children) * 0.999
    assert run.phases["map"] >= rows / run.shards / MEASURED.rows_per_s
    assert run.seconds == pytest.approx(sum(run.phases.values()))


@given(ROWS, st.integers(2, 50), st.booleans())
def test_more_rows_never_take_less_time_or_money(rows: int, times: int, reasons: bool) -> None:
    fewer = scoring(rows, MEASURED, LIMITS, reasons=reasons)
    more = scoring(rows * times, MEASURED, LIMITS, reasons=reasons)
    # A range more or less changes what one range holds: by less than a range.
    assert more.seconds >= fewer.seconds * 0.9
    assert more.usd >= fewer.usd * 0.99


@given(ROWS, WORKERS)
def test_more_workers_never_take_longer(rows: int, workers: int) -> None:
    few = scoring(rows, MEASURED, replace(LIMITS, concurrency=workers), reasons=False)
    many = scoring(rows, MEASURED, replace(LIMITS, concurrency=2 * workers), reasons=False)
    assert many.seconds <= few.seconds * 1.000001


@pytest.mark.parametrize(
    ("shards", "busy_s", "requests", "changed", "words"),
    [
        (10_000, 3.0, (3, 1, 1), {}, "workers, 1,000"),
        (1_000_000, 0.01, (3, 1, 1), {"writes_per_s": 1e9}, "GET"),
        (1_000_000, 0.01, (1, 3, 1), {"writes_per_s": 1e9}, "PUT"),
        (1_000_000, 0.01, (1, 0.5, 1), {}, "DynamoDB"),
        (9_000, 0.5, (0, 0, 0), {"concurrency": 8_000}, "starting workers"),
        (50, 3.0, (3, 1, 1), {}, "the last range"),
    ],
)
def test_the_bottleneck_is_what_there_is_too_little_of(
    shards: int, busy_s: float, requests: Any, changed: dict[str, Any], words: str
) -> None:
    assert words in map_seconds(shards, busy_s, requests, replace(LIMITS, **changed))[1]


def test_a_wall_is_named_and_larger_ranges_move_it() -> None:
    rows = 10**11
    run = scoring(rows, MEASURED, LIMITS, reasons=True)
    assert run.wall is not None
    assert "ScoringRangeBytes" in run.wall
    raised, doublings = least_raised(
        lambda limits: scoring(rows, MEASURED, limits, reasons=True), LIMITS
    )
    assert raised.wall is None
    assert doublings > 0
    shards = training(rows, MEASURED, LIMITS)
    assert shards.wall is not None
    assert "TrainingShardBytes" in shards.wall
    slow = replace(MEASURED, rows_per_s_with_reasons=10.0)
    assert "a range takes" in str(scoring(10**7, slow, LIMITS, reasons=True).wall)


@given(ROWS, st.booleans())
def test_the_cost_is_what_the_api_tells_before_the_work(rows: int, reasons: bool) -> None:
    run = scoring(rows, MEASURED, LIMITS, reasons=reasons)
    told = estimated_cost(rows, run.shards, MEMORY_MB, reasons=reasons)
    assert run.usd == told.total_usd
    parts = told.lambda_usd + told.step_functions_usd + told.s3_usd + told.dynamodb_usd
    assert told.total_usd == pytest.approx(parts, abs=1e-5)
    shards = ceil(rows * MEASURED.bytes_per_row / LIMITS.shard_bytes)
    assert training(rows, MEASURED, LIMITS).usd == estimated_training_usd(
        rows, shards, MEMORY_MB, 3008
    )


def test_single_predictions_need_more_than_there_is_from_a_rate_on() -> None:
    def short(rate: int) -> set[str]:
        needs = online(rate, 10.0, 32, OnlineLimits())
        return {name.split(",")[0] for name, (need, there) in needs.items() if need > there}

    assert short(10_000) == set()
    assert short(100_000) == {"API Gateway requests a second", "write units a second"}
    assert "Lambda environments" in short(110_000)
