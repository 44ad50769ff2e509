"""What is noteworthy about a dataset."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Level(StrEnum):
    """How much a finding matters: an error stops the training."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(BaseModel):
    """One observation about a dataset.

    `rows` counts the affected rows where that makes sense; `message` is a sentence a data scientist
    can act on.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    level: Level
    message: str
    column: str | None = None
    rows: int | None = None
