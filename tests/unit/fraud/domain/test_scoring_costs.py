import pytest

from fraud.domain.scoring_costs import estimated_cost, range_seconds
from fraud.domain.worker_times import FULL_CORE_MB

MILLION = 1_000_000


def test_a_range_takes_its_requests_even_without_rows() -> None:
    assert range_seconds(0, FULL_CORE_MB, reasons=False) == pytest.approx(4 * 0.15)


def test_reasons_take_the_longer_part_of_a_range() -> None:
    plain, explained = (range_seconds(MILLION, FULL_CORE_MB, reasons=r) for r in (False, True))
    assert explained > 5 * plain


def test_less_memory_than_a_core_has_takes_longer_and_more_does_not_help() -> None:
    half, whole, double = (
        range_seconds(MILLION, FULL_CORE_MB * share, reasons=False) for share in (0.5, 1, 2)
    )
    assert half > whole == double


def test_the_parts_of_a_cost_add_up() -> None:
    cost = estimated_cost(100 * MILLION, 134, 1769, 100, reasons=False)
    parts = cost.lambda_usd + cost.step_functions_usd + cost.s3_usd + cost.dynamodb_usd
    assert cost.total_usd == pytest.approx(parts, abs=1e-5)
    assert cost.lambda_usd > cost.s3_usd > cost.dynamodb_usd > 0


def test_every_worker_that_starts_cold_costs_something() -> None:
    few, many = (estimated_cost(MILLION, 50, 1769, n, reasons=False) for n in (1, 50))
    assert many.lambda_usd > few.lambda_usd
    assert estimated_cost(MILLION, 50, 1769, 9_999, reasons=False) == many


def test_no_rows_cost_next_to_nothing() -> None:
    assert estimated_cost(0, 0, 1769, 100, reasons=True).total_usd < 0.001
