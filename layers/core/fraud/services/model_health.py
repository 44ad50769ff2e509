"""How the enabled model is."""

from __future__ import annotations

from datetime import datetime

from fraud.adapters.models_table import ModelsTable
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.domain.errors import NoModel
from fraud.domain.health_now import HealthNow, seen_at
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


def model_health(
    models: ModelsTable, monitoring: MonitoringTable, now: datetime
) -> tuple[ModelRecord, Champion, HealthNow]:
    """The enabled model, and how it is doing now: one read more, of the monitor's summary.

    Raises
    ------
    NoModel
        When none has been released.
    """
    record, champion = enabled_model(models)
    return record, champion, seen_at(monitoring.summary(), record.name, now)
