"""Asking how a job is going: less often as time passes, and on through a time without answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic, sleep

from fraud_cli.answers import ApiError
from fraud_cli.errors import CliError, NoAnswer

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
GROWTH = 1.1  # so that a pause is about a tenth of the time waited so far
FIRST_RETRY_S = 1.0
RETRY_GROWTH = 2.0
GIVE_UP_AFTER_S = 300.0
PASSING = frozenset({429, 503, 504})
"""Statuses that may be others a moment later; 504 is API Gateway's, for a function's silence."""


def poll[T](ask: Callable[[], T], on_loss: Callable[[], None]) -> Iterator[T]:
    """One answer after the other, without end.

    Parameters
    ----------
    ask
        Asks the API.
    on_loss
        Called each time that no answer came, or one that says to come back.

    Raises
    ------
    CliError
        When an answer says that asking again is of no use, and after 300 s without a good one.
    """
    pause = FIRST_PAUSE_S
    while True:
        yield _answer(ask, on_loss)
        sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE_S)


def _answer[T](ask: Callable[[], T], on_loss: Callable[[], None]) -> T:
    begun, pause = monotonic(), FIRST_RETRY_S
    while True:
        try:
            return ask()
        except CliError as e:
            wait = max(pause, _asked_for_s(e))
            if not _passes(e) or monotonic() - begun + wait > GIVE_UP_AFTER_S:
                raise
        on_loss()
        sleep(wait)
        pause = min(pause * RETRY_GROWTH, LONGEST_PAUSE_S)


def _passes(error: CliError) -> bool:
    return isinstance(error, NoAnswer) or (isinstance(error, ApiError) and error.status in PASSING)


def _asked_for_s(error: CliError) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, ApiError) else 0.0
