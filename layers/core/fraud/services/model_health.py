"""How the enabled model is."""

from __future__ import annotations

from fraud.adapters.models_table import ModelsTable
from fraud.domain.errors import NoModel
from fraud.domain.model_cards import Champion, ModelRecord

NO_MODEL = "no model is enabled yet; train one with POST /api/v1/training"


def enabled_model(models: ModelsTable) -> tuple[ModelRecord, Champion]:
    """The model predictions come from, and its release.

    Raises
    ------
    NoModel
        When none has been released.
    """
    champion = models.champion()
    record = models.get(champion.name) if champion else None
    if champion is None or record is None:
        raise NoModel(NO_MODEL, retry_after_s=60)
    return record, champion
