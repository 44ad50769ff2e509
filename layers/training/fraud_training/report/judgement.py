"""What a report is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fraud.domain.findings import Finding
from fraud.domain.model_cards import ModelCard

type Evaluation = Mapping[str, Any]
"""One split's part of a card's `evaluation`; in quick mode without intervals, tables and curves."""


@dataclass(frozen=True)
class Judgement:
    """A model's card, what was found in its data, and the model it would follow."""

    card: ModelCard
    findings: Sequence[Finding]
    champion: ModelCard | None

    @property
    def own(self) -> Evaluation:
        """On the split the model's own metrics come from; empty where the card has none."""
        return own_evaluation(self.card)

    @property
    def splits(self) -> Mapping[str, Evaluation]:
        """All splits by name, the model's own first."""
        splits = self.card.evaluation.get("splits", {})
        return dict(sorted(splits.items(), key=lambda item: item[0] != self.card.split))

    @property
    def other(self) -> tuple[str, Evaluation] | None:
        """The split beside the model's own."""
        return next(((n, e) for n, e in self.splits.items() if n != self.card.split), None)


def own_evaluation(card: ModelCard) -> Evaluation:
    """A card's evaluation on its own split, empty where it has none."""
    found: Evaluation = card.evaluation.get("splits", {}).get(card.split, {})
    return found


def split_name(name: str) -> str:
    """A split in words."""
    return {"random": "held out at random", "time": "held out by time"}.get(name, name)
