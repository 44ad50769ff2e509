"""How a model's inputs and scores were distributed at training, as its card says."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, log
from typing import Any, Self

from fraud.domain.model_cards import ModelCard
from fraud.domain.prediction_log import Value

TIE_MARGIN = 1e-6
"""Relative. Edges of inputs are values of the training data in 32 bits, the log keeps 6 decimals:
within this they are the same value, which belongs below its edge."""


@dataclass(frozen=True)
class Bins:
    """One distribution: k bins and the share of the training data in each.

    Attributes
    ----------
    shares
        They add up to 1, length k.
    rows
        How many rows the shares were counted from.
    edges
        Of numbers: k - 1, ascending; a value equal to an edge belongs below it.
    categories
        Of a category: k names.
    """

    shares: tuple[float, ...]
    rows: int
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {name: i for i, name in enumerate(self.categories)})

    def place(self, value: Value) -> int:
        """Which bin a value belongs to.

        Raises
        ------
        KeyError
            When it is no category of the model's.
        """
        if self.categories:
            return self._places[str(value)]
        return bisect_left(self.edges, value)

    def name(self, place: int) -> str:
        """A bin in words."""
        if self.categories:
            return self.categories[place]
        if not self.edges:
            return "all"
        if place == 0:
            return f"up to {self.edges[0]:.6g}"
        if place == len(self.edges):
            return f"above {self.edges[-1]:.6g}"
        return f"{self.edges[place - 1]:.6g} to {self.edges[place]:.6g}"


@dataclass(frozen=True)
class DriftReference:
    """What live predictions are compared with: the scores in log-odds, and every input."""

    scores: Bins
    features: Mapping[str, Bins]

    @classmethod
    def of(cls, card: ModelCard) -> Self | None:
        """The reference of a model; None where its training was too short to keep one."""
        found = card.evaluation.get("drift_reference")
        if not found:
            return None
        held_out = int(card.evaluation["splits"][card.split]["held_out_rows"])
        trained = card.dataset.rows - held_out
        return cls(
            scores=_scores(found["scores"], held_out),
            features={name: _input(kept, trained) for name, kept in found["inputs"].items()},
        )


def _scores(kept: Mapping[str, Any], rows: int) -> Bins:
    edges = tuple(_log_odds(edge) for edge in kept["edges"])
    return Bins(shares=tuple(kept["shares"]), rows=rows, edges=edges)


def _input(kept: Mapping[str, Any], rows: int) -> Bins:
    shares = tuple(kept["shares"])
    if "categories" in kept:
        return Bins(shares=shares, rows=rows, categories=tuple(kept["categories"]))
    edges = tuple(edge + TIE_MARGIN * abs(edge) for edge in kept["edges"])
    return Bins(shares=shares, rows=rows, edges=edges)


def _log_odds(probability: float) -> float:
    if probability <= 0:
        return -inf
    return log(probability / (1 - probability)) if probability < 1 else inf
