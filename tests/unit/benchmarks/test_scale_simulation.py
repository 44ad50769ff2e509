"""The simulated figures: what they must obey, and that docs/scale.md shows them."""

from pathlib import Path
from typing import Any

import pytest

from fraud.domain.scoring_costs import estimated_cost
from fraud.domain.training_costs import estimated_training_usd

PAGE = (Path(__file__).resolve().parents[3] / "docs/scale.md").read_text(encoding="utf-8")
GROWING = [10**n for n in range(4, 12)]


@pytest.fixture(scope="module")
def simulation(benchmarks_on_the_path: None) -> Any:
    import scale_simulation  # noqa: PLC0415

    return scale_simulation


@pytest.fixture(scope="module")
def tables(benchmarks_on_the_path: None) -> Any:
    import scale_tables  # noqa: PLC0415

    return scale_tables


@pytest.fixture(scope="module")
def online(benchmarks_on_the_path: None) -> Any:
    import scale_online  # noqa: PLC0415

    return scale_online


@pytest.mark.parametrize("reasons", [False, True])
def test_more_rows_never_cost_less_or_take_less(simulation: Any, reasons: bool) -> None:
    jobs = [simulation.scoring(rows, 100, reasons=reasons) for rows in GROWING]
    assert [job.usd for job in jobs] == sorted(job.usd for job in jobs)
    # Not the whole: where there is no merged result any more, nothing is copied into it.
    assert [job.steps["score"] for job in jobs] == sorted(job.steps["score"] for job in jobs)


def test_a_larger_training_never_costs_less_or_takes_less(simulation: Any) -> None:
    jobs = [simulation.training(rows, 100) for rows in GROWING]
    assert [job.usd for job in jobs] == sorted(job.usd for job in jobs)
    assert [job.wall_s for job in jobs] == sorted(job.wall_s for job in jobs)


@pytest.mark.parametrize("reasons", [False, True])
@pytest.mark.parametrize("rows", [10_000_000, 1_000_000_000])
def test_the_api_estimates_what_the_simulation_costs(
    simulation: Any, rows: int, reasons: bool
) -> None:
    job = simulation.scoring(rows, 100, reasons=reasons)
    estimate = estimated_cost(rows, job.shards, simulation.WORKER_MB, 100, reasons=reasons)
    assert job.usd == estimate.total_usd


def test_a_training_is_estimated_as_simulated(simulation: Any) -> None:
    job = simulation.training(1_000_000_000, 100)
    memory = (simulation.WORKER_MB, simulation.TRAINER_MB)
    assert job.usd == estimated_training_usd(job.rows, job.shards, *memory, 100)


def test_reasons_take_longer_and_cost_more(simulation: Any) -> None:
    plain, explained = (
        simulation.scoring(1_000_000_000, 1_000, reasons=reasons) for reasons in (False, True)
    )
    assert explained.steps["score"] > 2 * plain.steps["score"]
    assert explained.usd > 5 * plain.usd


def test_what_waits_moves_from_the_parameter_to_the_quota(simulation: Any) -> None:
    settings = simulation.SETTINGS.values()
    waits = [simulation.scoring(10**10, *setting).bottleneck for setting in settings]
    assert waits == ["`ScoringMaxConcurrency`", "Lambda concurrency", "Lambda's scaling rate"]


def test_a_scoring_of_too_many_ranges_is_refused(simulation: Any) -> None:
    job = simulation.scoring(2 * 10**11, 100, reasons=True)
    assert job.refused == "refused: 260,175 shards, at most 200,000"
    assert simulation.scoring(2 * 10**11, 100).refused is None


def row_of(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("kind", ["Scoring", "Scoring with reasons", "Training over many files"])
def test_the_page_shows_the_simulated_jobs(tables: Any, kind: str) -> None:
    for cells in tables.job_rows(kind):
        assert row_of(cells) in PAGE, cells


def test_the_page_shows_where_the_design_ends(tables: Any) -> None:
    walls = [*tables.wall_rows(tables.scoring_walls()), *tables.wall_rows(tables.training_walls())]
    for cells in walls:
        assert row_of(cells) in PAGE, cells


def test_the_page_shows_the_online_path(online: Any) -> None:
    for cells in [*online.rate_rows(), *online.limit_rows()]:
        assert row_of(cells) in PAGE, cells


def test_the_template_has_the_limits_that_the_online_path_is_shown_with(online: Any) -> None:
    template = (Path(__file__).resolve().parents[3] / "template.yaml").read_text(encoding="utf-8")
    parameter = template.partition("\n  ThrottlingRatePerS:\n")[2].partition("\n  Throttling")[0]
    assert f"Default: {online.STAGE_REQUESTS_PER_S}" in parameter
