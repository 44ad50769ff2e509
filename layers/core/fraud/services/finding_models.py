"""From a name in a request to a model's row."""

from __future__ import annotations

import re

from fraud.adapters.models_table import ModelsTable
from fraud.domain.errors import NotFound
from fraud.domain.model_cards import ModelRecord

_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def find_record(name: str, models: ModelsTable) -> ModelRecord:
    """One model's row.

    Raises
    ------
    NotFound
        When there is none of that name.
    """
    record = models.get(name) if _MODEL_NAME.fullmatch(name) else None
    if record is None:
        raise NotFound(f"there is no model {name[:100]}")
    return record
