"""Numbers drawn by key are uniform, repeatable and independent of each other."""

from __future__ import annotations

import numpy as np
import pytest

from fraud_training.ingest.uniform import row_keys, uniform

ROWS = 100_000
# 99.99 % quantile of chi-square with 99 degrees of freedom.
CHI_SQUARE_99 = 161.3


@pytest.fixture(scope="module")
def keys() -> np.ndarray:
    return row_keys([np.arange(ROWS, dtype=np.float64), np.zeros(ROWS)])


def chi_square(counts: np.ndarray) -> float:
    expected = counts.sum() / counts.size
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("seed", [0, 1, 2, 2**31 - 1])
@pytest.mark.parametrize("stream", [0, 1, 7])
def test_numbers_fill_the_unit_interval_evenly(keys, seed, stream) -> None:
    numbers = uniform(keys, seed, stream)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    assert chi_square(np.histogram(numbers, 100, (0, 1))[0]) < CHI_SQUARE_99


def test_keys_of_neighbouring_rows_are_evenly_spread_in_high_and_low_bits(keys) -> None:
    high = np.bincount((keys >> np.uint64(57)).astype(int) % 100, minlength=100)
    assert len(np.unique(keys)) == ROWS
    assert chi_square(np.bincount((keys % np.uint64(100)).astype(int))) < CHI_SQUARE_99
    assert high[28:].std() < 5 * np.sqrt(high[28:].mean())


@pytest.mark.parametrize("other", [(1, 1), (2, 0), (0, 1)])
def test_seeds_and_streams_are_independent(keys, other) -> None:
    pairs = np.histogram2d(uniform(keys, 1, 0), uniform(keys, *other), 10, [(0, 1), (0, 1)])[0]
    assert chi_square(pairs) < CHI_SQUARE_99


def test_a_row_keeps_its_number_wherever_it_stands(keys) -> None:
    numbers = uniform(keys, 5, 2)
    assert (uniform(keys[::-1], 5, 2)[::-1] == numbers).all()
    assert (uniform(keys[50:60].copy(), 5, 2) == numbers[50:60]).all()
