"""Parts are handed on in order, whichever comes first, and not all are held."""

import threading
import time

import pytest

from fraud_training.shards.reading import AHEAD, in_order


def test_the_order_is_that_of_the_names():
    def read(number: int) -> int:
        time.sleep(0.002 * (number % 3))
        return number * number

    assert list(in_order(range(100), read)) == [n * n for n in range(100)]


def test_no_more_are_read_ahead_than_may_wait():
    read_so_far, lock = [], threading.Lock()

    def read(number: int) -> int:
        with lock:
            read_so_far.append(number)
        return number

    parts = in_order(range(1_000), read)
    assert next(parts) == 0
    time.sleep(0.05)
    assert len(read_so_far) <= AHEAD + 1
    parts.close()


def test_a_part_that_fails_ends_it_with_its_error():
    def read(number: int) -> int:
        if number == 7:
            raise KeyError(number)
        return number

    parts = in_order(range(50), read)
    assert [next(parts) for _ in range(7)] == list(range(7))
    with pytest.raises(KeyError):
        next(parts)
