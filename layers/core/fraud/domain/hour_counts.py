"""What is kept of an hour of predictions: counts, which add up over hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import BaseModel, Field

from fraud.domain.drift_references import DriftReference
from fraud.domain.latencies import latency_bin
from fraud.domain.prediction_log import PredictionEntry

type ReferenceOf = Callable[[str], DriftReference | None]
"""Gives the reference of a model by its name, None where there is none."""


class ModelCounts(BaseModel):
    """One model's predictions of some time.

    Attributes
    ----------
    requests
        Answered ones; a batch is one.
    latency
        Requests by `latency_bin`.
    scores, features
        Predictions by bin of the model's `DriftReference`; empty where it has none.
    last_at
        When the last one was made.
    """

    requests: int = 0
    predictions: int = 0
    frauds: int = 0
    outcomes: Counter[str] = Field(default_factory=Counter)
    latency: Counter[int] = Field(default_factory=Counter)
    scores: list[int] = Field(default_factory=list)
    features: dict[str, list[int]] = Field(default_factory=dict)
    last_at: datetime | None = None

    @classmethod
    def sum_of(cls, parts: Iterable[ModelCounts]) -> ModelCounts:
        """All parts together."""
        total = cls()
        for part in parts:
            total.requests += part.requests
            total.predictions += part.predictions
            total.frauds += part.frauds
            total.outcomes.update(part.outcomes)
            total.latency.update(part.latency)
            total.scores = _added(total.scores, part.scores)
            for name, counts in part.features.items():
                total.features[name] = _added(total.features.get(name, []), counts)
            total.last_at = max(filter(None, (total.last_at, part.last_at)), default=None)
        return total


class HourCounts(BaseModel):
    """An hour of the prediction log, by model; `counted_at` is when the log was read."""

    hour: datetime
    counted_at: datetime
    models: dict[str, ModelCounts] = Field(default_factory=dict)


class ModelTally:
    """Counts one model's predictions as they are read."""

    def __init__(self, reference: DriftReference | None) -> None:
        self._reference = reference
        self._request: str | None = None
        self.counts = ModelCounts()
        if reference:
            self.counts.scores = [0] * len(reference.scores.shares)
            self.counts.features = {
                name: [0] * len(bins.shares) for name, bins in reference.features.items()
            }

    def add(self, entry: PredictionEntry) -> None:
        """Count one prediction; those of one request come one after another."""
        counts = self.counts
        counts.predictions += 1
        counts.frauds += entry.is_fraud
        counts.outcomes[entry.outcome] += 1
        if counts.last_at is None or entry.at > counts.last_at:
            counts.last_at = entry.at
        if entry.id.base != self._request:
            self._request = entry.id.base
            counts.requests += 1
            counts.latency[latency_bin(entry.latency_ms)] += 1
        if self._reference:
            counts.scores[self._reference.scores.place(entry.log_odds)] += 1
            for name, bins in self._reference.features.items():
                counts.features[name][bins.place(entry.features[name])] += 1


class Tally:
    """Counts predictions by model, with scores and features where the model has a reference."""

    def __init__(self, reference_of: ReferenceOf) -> None:
        self._reference_of = reference_of
        self._models: dict[str, ModelTally] = {}

    def add(self, entry: PredictionEntry) -> None:
        """Count one prediction; those of one request come one after another."""
        tally = self._models.get(entry.model_name)
        if tally is None:
            tally = ModelTally(self._reference_of(entry.model_name))
            self._models[entry.model_name] = tally
        tally.add(entry)

    @property
    def models(self) -> dict[str, ModelCounts]:
        """The counts so far, by model."""
        return {name: tally.counts for name, tally in self._models.items()}


def _added(left: list[int], right: list[int]) -> list[int]:
    if not left or not right:
        return left or list(right)
    return [a + b for a, b in zip(left, right, strict=True)]
