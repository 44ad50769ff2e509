import threading
import time
from collections.abc import Iterator

import pytest

from fraud.adapters.ahead import read_ahead


def test_what_is_read_comes_in_the_order_of_its_sources() -> None:
    def slow_at_first(n: int) -> int:
        time.sleep(0.02 if n == 0 else 0)
        return n * n

    assert list(read_ahead(slow_at_first, range(50), 8)) == [n * n for n in range(50)]


def test_as_many_are_read_at_once_as_allowed_and_no_more() -> None:
    lock, under_way, most = threading.Lock(), 0, 0

    def read(_: int) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.002)
        with lock:
            under_way -= 1

    list(read_ahead(read, range(40), 4))
    assert 1 < most <= 4


def test_no_more_sources_are_taken_than_are_read_ahead() -> None:
    taken = []

    def sources() -> Iterator[int]:
        for n in range(1_000):
            taken.append(n)
            yield n

    first = next(read_ahead(abs, sources(), 4))
    assert (first, taken) == (0, [0, 1, 2, 3])


def test_the_first_failure_is_raised_where_its_result_would_have_been() -> None:
    def fails_at_three(n: int) -> int:
        if n == 3:
            raise ValueError("three")
        return n

    found = read_ahead(fails_at_three, range(10), 4)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(found)
