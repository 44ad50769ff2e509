"""How many trainings a client may ask for in a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from fraud.adapters.usage_table import UsageTable
from fraud.domain.errors import Unavailable
from fraud.domain.quotas import used_up


@dataclass(frozen=True)
class TrainingQuota:
    """The quota of each client, and where what is used of it is counted."""

    usage: UsageTable
    per_day: int

    @contextmanager
    def counted(self, client: str, now: datetime) -> Iterator[None]:
        """Count one training; when what is done inside is unavailable, it was none.

        Raises
        ------
        Throttled
            When the client's quota of the day is used up.
        Unavailable
            When it cannot be counted: nothing is accepted then.
        """
        if not self.usage.count_training(client, now, self.per_day):
            raise used_up(self.per_day, now)
        try:
            yield
        except Unavailable:
            with suppress(Unavailable):  # what was down may still be; the first error says so
                self.usage.give_back(client, now)
            raise
