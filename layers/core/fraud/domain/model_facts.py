"""Everything there is to know about one model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fraud.domain.model_cards import Challenger, ModelRecord
from fraud.domain.registry import HistoryEntry


@dataclass(frozen=True)
class ModelFacts:
    """A model's row, its card as it was written, its changes newest first.

    `challenger` is there for the challenger only.
    """

    record: ModelRecord
    card: dict[str, Any]
    history: list[HistoryEntry]
    challenger: Challenger | None
