"""What came of scored rows, in counts that add up over ranges of files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class ScoreCounts(BaseModel):
    """Rows by what came of them.

    `outcomes` has the scored rows by outcome, `refused` the others by reason: a code, and the
    column where the fault lies in one (`missing_values amount`).
    """

    model_config = ConfigDict(frozen=True)

    outcomes: dict[str, int] = Field(default_factory=dict)
    refused: dict[str, int] = Field(default_factory=dict)

    @property
    def scored_rows(self) -> int:
        """Rows that have a score."""
        return sum(self.outcomes.values())

    @property
    def refused_rows(self) -> int:
        """Rows that have none."""
        return sum(self.refused.values())

    @property
    def rows(self) -> int:
        """All rows; empty lines are none."""
        return self.scored_rows + self.refused_rows

    @classmethod
    def total(cls, parts: Iterable[ScoreCounts]) -> Self:
        """The sum of counts."""
        outcomes: dict[str, int] = {}
        refused: dict[str, int] = {}
        for part in parts:
            _add(outcomes, part.outcomes)
            _add(refused, part.refused)
        return cls(outcomes=outcomes, refused=refused)


def _add(total: dict[str, int], counts: dict[str, int]) -> None:
    for name, count in counts.items():
        total[name] = total.get(name, 0) + count
