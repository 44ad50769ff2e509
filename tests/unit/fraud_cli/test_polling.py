"""Asking how a job is going outlives a busy API and a lost line, for five minutes at most."""

from collections.abc import Callable, Iterator
from itertools import islice, repeat

import httpx
import pytest

from fraud_cli import polling
from fraud_cli.client import ApiClient
from fraud_cli.connection import Connection
from fraud_cli.errors import CliError, NoAnswer, Unreachable
from fraud_cli.polling import GIVE_UP_AFTER_S, LONGEST_PAUSE_S, poll

GOOD = httpx.Response(200, json={"status": "processing"})


def busy(status: int = 503, **headers: str) -> httpx.Response:
    error = {"code": "unavailable", "message": "later", "request_id": "r"}
    return httpx.Response(status, json={"error": error}, headers=headers)


class Clock:
    """Goes on by sleeping alone."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return sum(self.slept)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(polling, "sleep", clock.sleep)
    monkeypatch.setattr(polling, "monotonic", clock.monotonic)
    return clock


type Asking = Callable[[Iterator[httpx.Response | Exception]], Iterator[dict[str, str]]]


@pytest.fixture
def asking(clock: Clock) -> Asking:
    """Answers of the polled API, which gives these one after the other."""

    def begin(given: Iterator[httpx.Response | Exception]) -> Iterator[dict[str, str]]:
        def respond(_: httpx.Request) -> httpx.Response:
            answer = next(given)
            if isinstance(answer, Exception):
                raise answer
            return answer

        client = ApiClient(Connection("http://api.test", "key"), httpx.MockTransport(respond))
        return poll(lambda: client.training(7), lambda: None)

    return begin


def test_pauses_grow_from_half_a_second_to_ten(asking: Asking, clock: Clock) -> None:
    assert len(list(islice(asking(repeat(GOOD)), 60))) == 60
    assert clock.slept[0] == 0.5
    assert clock.slept == sorted(clock.slept)
    assert clock.slept[-1] == LONGEST_PAUSE_S == 10.0
    for i in range(10, 30):
        assert clock.slept[i] <= 0.5 + sum(clock.slept[:i]) / 8


@pytest.mark.parametrize(
    "lost",
    [
        busy(429),
        busy(503),
        busy(504),
        httpx.Response(504, json={"message": "Endpoint request timed out"}),
        httpx.ReadTimeout("no answer"),
        httpx.ConnectError("refused"),
        httpx.RemoteProtocolError("closed"),
    ],
    ids=["429", "503", "504", "gateway", "silent", "refused", "closed"],
)
def test_what_passes_is_waited_for_with_growing_pauses(
    asking: Asking, clock: Clock, lost: httpx.Response | Exception
) -> None:
    answers = asking(iter([GOOD, *repeat(lost, 6), GOOD]))
    assert [next(answers), next(answers)] == [{"status": "processing"}] * 2
    assert clock.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_the_api_says_when_to_come_back(asking: Asking, clock: Clock) -> None:
    next(asking(iter([busy(429, **{"Retry-After": "42"}), GOOD])))
    assert clock.slept == [42.0]


@pytest.mark.parametrize("lost", [busy(), httpx.ConnectError("refused")], ids=["busy", "refused"])
def test_it_ends_after_five_minutes_without_a_good_answer(
    asking: Asking, clock: Clock, lost: httpx.Response | Exception
) -> None:
    with pytest.raises(CliError, match=r"later|refused"):
        next(asking(repeat(lost)))
    assert GIVE_UP_AFTER_S - LONGEST_PAUSE_S <= clock.monotonic() <= GIVE_UP_AFTER_S == 300.0


def test_every_good_answer_gives_five_minutes_more(asking: Asking, clock: Clock) -> None:
    outages = [answer for _ in range(5) for answer in (*repeat(busy(), 20), GOOD)]
    assert len(list(islice(asking(iter(outages)), 5))) == 5
    assert clock.monotonic() > 2 * GIVE_UP_AFTER_S


def test_a_longer_wait_than_that_is_not_begun(asking: Asking, clock: Clock) -> None:
    with pytest.raises(CliError, match="429"):
        next(asking(iter([busy(429, **{"Retry-After": "3600"})])))
    assert clock.slept == []


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502])
def test_what_does_not_pass_is_told_at_once(asking: Asking, clock: Clock, status: int) -> None:
    with pytest.raises(CliError, match=str(status)):
        next(asking(iter([busy(status)])))
    assert clock.slept == []


def test_a_page_that_is_not_the_apis_is_told_at_once(asking: Asking, clock: Clock) -> None:
    with pytest.raises(Unreachable) as told:
        next(asking(iter([httpx.Response(200, text="<p>Sign in</p>")])))
    assert not isinstance(told.value, NoAnswer)
    assert clock.slept == []
