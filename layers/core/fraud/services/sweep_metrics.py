"""What a sweep did, as metrics that an alarm watches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fraud.domain.measurements import COUNT, Measurement
from fraud.services.giving_up import GivenUp
from fraud.services.sweeping import Swept


def sweep_metrics(swept: Swept) -> Iterator[Measurement]:
    """Only what there was: a metric costs for every hour in which it has a value."""
    if swept.requeued:
        yield Measurement("TrainingsRequeued", COUNT, len(swept.requeued))
    if removed := len(swept.models) + len(swept.datasets):
        yield Measurement("OrphansRemoved", COUNT, removed)
    yield from given_up_metrics(swept.given_up)


def given_up_metrics(given_up: Sequence[GivenUp]) -> Iterator[Measurement]:
    """Trainings that failed for good and whose workers could not say so."""
    if given_up:
        yield Measurement("TrainingsGivenUp", COUNT, len(given_up))
