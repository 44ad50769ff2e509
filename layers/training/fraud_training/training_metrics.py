"""A training that has ended, as metrics that the dashboard shows."""

from __future__ import annotations

from collections.abc import Iterator

from fraud.domain.measurements import COUNT, SECONDS, Measurement
from fraud_training.job import Ended


def training_metrics(ended: Ended) -> Iterator[Measurement]:
    """How long it took, and whether it came to a model."""
    yield Measurement("TrainingDuration", SECONDS, ended.duration_s)
    yield Measurement("TrainingFailed" if ended.error else "TrainingSucceeded", COUNT, 1)
