"""Send again what a service did not take of a request, within a bound."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from fraud.domain.errors import Unavailable


def send_all[T](
    entries: Sequence[T],
    send: Callable[[Sequence[T]], Sequence[T]],
    *,
    rounds: int,
    pause_s: float,
) -> None:
    """Send entries until none is left.

    Parameters
    ----------
    send
        Sends entries and returns those that were not taken.
    rounds
        How often something is sent, at most.
    pause_s
        Longest pause before the second round; it doubles with each further one. Pauses are drawn
        uniformly up to it, so that callers that were refused together do not come back together.

    Raises
    ------
    Unavailable
        When some are left after the last round; others have been taken.
    """
    left = entries
    for round_ in range(rounds):
        if round_:
            time.sleep(random.uniform(0, pause_s * 2 ** (round_ - 1)))  # noqa: S311 # nosec B311
        left = send(left)
        if not left:
            return
    raise Unavailable(
        f"{len(left)} of {len(entries)} entries were not taken; try again in a moment"
    )
