"""A buffered prediction ends up in the log, once, or is put aside; it is never just gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from fraud.domain.errors import Unavailable
from fraud.domain.log_messages import to_message
from fraud.domain.prediction_log import LogItem, pack
from fraud.services.draining import Drained, drain

KEEP = timedelta(days=30)


@dataclass
class FakeLog:
    """A log in memory."""

    items: dict[object, LogItem] = field(default_factory=dict)
    refusal: Exception | None = None

    def add(self, item: LogItem) -> bool:
        if self.refusal:
            raise self.refusal
        missing = item.key not in self.items
        self.items.setdefault(item.key, item)
        return missing

    def expires_at(self, item: LogItem) -> datetime:
        return item.at + KEEP


@dataclass
class FakeDeadLetters:
    """Dead letters in memory."""

    messages: list[str] = field(default_factory=list)
    refusal: Exception | None = None

    def send(self, message: str) -> None:
        if self.refusal:
            raise self.refusal
        self.messages.append(message)


@pytest.fixture
def item(logged) -> LogItem:
    return pack(logged())[0]


def test_an_item_is_written_as_it_is(item) -> None:
    log, aside = FakeLog(), FakeDeadLetters()
    assert drain(to_message(item), log, aside, item.at) is Drained.WRITTEN
    assert log.items == {item.key: item}
    assert aside.messages == []


def test_a_message_that_comes_again_changes_nothing(item) -> None:
    log, aside = FakeLog(), FakeDeadLetters()
    outcomes = [drain(to_message(item), log, aside, item.at) for _ in range(3)]
    assert outcomes == [Drained.WRITTEN, Drained.KNOWN, Drained.KNOWN]
    assert log.items == {item.key: item}


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (KEEP - timedelta(seconds=1), Drained.WRITTEN),
        (KEEP, Drained.EXPIRED),
        (KEEP + timedelta(days=1), Drained.EXPIRED),
    ],
)
def test_what_has_expired_is_not_resurrected(item, waited, expected) -> None:
    log, aside = FakeLog(), FakeDeadLetters()
    assert drain(to_message(item), log, aside, item.at + waited) is expected
    assert len(log.items) == (expected is Drained.WRITTEN)
    assert aside.messages == []


def test_what_is_no_prediction_is_put_aside_whole(item) -> None:
    log, aside = FakeLog(), FakeDeadLetters()
    assert drain("{}", log, aside, item.at) is Drained.NOT_OURS
    assert (log.items, aside.messages) == ({}, ["{}"])


def test_a_message_comes_back_while_the_log_refuses_it(item) -> None:
    log, aside = FakeLog(refusal=Unavailable("throttled")), FakeDeadLetters()
    with pytest.raises(Unavailable):
        drain(to_message(item), log, aside, item.at)
    assert aside.messages == []


def test_a_message_comes_back_while_it_cannot_be_put_aside(item) -> None:
    log, aside = FakeLog(), FakeDeadLetters(refusal=Unavailable("throttled"))
    with pytest.raises(Unavailable):
        drain("{}", log, aside, item.at)
