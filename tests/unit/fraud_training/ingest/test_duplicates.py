"""Repeated rows are counted exactly in small files and estimated in large ones."""

from __future__ import annotations

import numpy as np
import pytest

from fraud_training.ingest.duplicates import DuplicateCounter
from fraud_training.ingest.uniform import row_keys


def keys(numbers: np.ndarray) -> np.ndarray:
    return row_keys([numbers.astype(np.float64)])


def test_a_small_file_is_counted_exactly() -> None:
    counter = DuplicateCounter()
    counter.add(keys(np.arange(1000)))
    counter.add(keys(np.arange(990, 1200)))
    counter.add(keys(np.array([5, 5, 5])))
    assert counter.duplicated() == (13, True)


def test_no_rows_have_no_duplicates() -> None:
    assert DuplicateCounter().duplicated() == (0, True)


def test_a_large_file_is_estimated_in_bounded_memory() -> None:
    counter = DuplicateCounter(max_keys=4096)
    for start in range(0, 400_000, 10_000):
        numbers = np.arange(start, start + 10_000)
        counter.add(keys(np.where(numbers % 10 == 0, numbers - 1, numbers)))
    estimate, exact = counter.duplicated()
    assert not exact
    # Row 0 becomes -1, which no other row is.
    assert estimate == pytest.approx(39_999, rel=0.15)
    assert len(counter._keys) <= 4096


def test_one_row_repeated_for_ever_stays_in_memory_once() -> None:
    counter = DuplicateCounter(max_keys=64)
    for _ in range(50):
        counter.add(keys(np.zeros(64)))
    assert counter.duplicated() == (50 * 64 - 1, True)
    assert len(counter._keys) == 1
