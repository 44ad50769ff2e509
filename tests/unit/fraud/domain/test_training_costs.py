import pytest

from fraud.domain.training_costs import (
    DRAFT,
    JOINS,
    MAPS,
    WEIGH,
    estimated_training_usd,
    join_seconds,
    shard_seconds,
)

BILLION = 1_000_000_000


def test_more_rows_cost_more_in_as_many_shards() -> None:
    costs = [
        estimated_training_usd(rows, 650, 1769, 3008, 100) for rows in (0, BILLION, 2 * BILLION)
    ]
    assert costs == sorted(costs)
    assert costs[0] > 0


@pytest.mark.parametrize("step", JOINS)
def test_a_joining_step_takes_longer_with_every_shard(step: object) -> None:
    seconds = [join_seconds(n, 3008, step) for n in (1, 10, 100)]  # type: ignore[arg-type]
    assert seconds == sorted(seconds)


def test_fitting_is_what_a_small_training_waits_for() -> None:
    assert join_seconds(3, 3008, DRAFT) > join_seconds(3, 3008, WEIGH)


@pytest.mark.parametrize("step", MAPS)
def test_less_memory_than_a_core_has_takes_longer(step: object) -> None:
    half, whole = (shard_seconds(1e6, memory_mb, step) for memory_mb in (1024, 1769))  # type: ignore[arg-type]
    assert half > whole
