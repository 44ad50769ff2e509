"""What is left of a request is sent again, a bounded number of times."""

from __future__ import annotations

import pytest

from fraud.adapters import resending
from fraud.adapters.resending import send_all
from fraud.domain.errors import Unavailable


@pytest.fixture(autouse=True)
def slept(monkeypatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(resending.time, "sleep", pauses.append)
    return pauses


def test_only_what_is_left_is_sent_again(slept) -> None:
    sent: list[list[int]] = []

    def send(entries):
        sent.append([*entries])
        return entries[1:]

    send_all([1, 2, 3], send, rounds=3, pause_s=0.05)
    assert sent == [[1, 2, 3], [2, 3], [3]]
    assert len(slept) == 2


def test_pauses_grow_and_vary_within_their_bound(slept) -> None:
    for _ in range(100):
        with pytest.raises(Unavailable, match="2 of 2"):
            send_all("ab", lambda entries: entries, rounds=3, pause_s=0.05)
    first, second = slept[::2], slept[1::2]
    assert 0 <= min(first) <= max(first) <= 0.05
    assert 0.05 < max(second) <= 0.1
    assert len(set(slept)) > 150


def test_what_is_taken_at_once_is_not_waited_for(slept) -> None:
    send_all([1], lambda _: [], rounds=1, pause_s=9)
    assert slept == []


def test_an_error_is_not_waited_for_either(slept) -> None:
    def send(_):
        raise Unavailable("down")

    with pytest.raises(Unavailable, match="down"):
        send_all([1], send, rounds=3, pause_s=9)
    assert slept == []
