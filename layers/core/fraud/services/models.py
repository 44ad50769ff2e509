"""Looking at models: list, card, report, two side by side."""

from __future__ import annotations

import json

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.registry_table import ModelPage, RegistryTable
from fraud.domain.comparison_sections import LiveComparison, ModelComparison
from fraud.domain.errors import NotFound
from fraud.domain.live_comparison import live_comparison, live_in_words
from fraud.domain.model_cards import (
    CARD_FILE,
    REPORT_FILE,
    ModelCard,
    ModelState,
)
from fraud.domain.model_facts import ModelFacts
from fraud.domain.shadow_counts import Pair
from fraud.domain.side_by_side import side_by_side
from fraud.services.artifacts import verified
from fraud.services.finding_models import find_record


def list_models(limit: int, token: str | None, models: RegistryTable) -> ModelPage:
    """A page of models, newest first."""
    return models.newest(limit, token)


def find_model(name: str, models: RegistryTable, bucket: ArtifactsBucket) -> ModelFacts:
    """Everything about one model.

    Raises
    ------
    NotFound
        When there is none of that name.
    ArtifactRejected
        When its card is missing or altered.
    """
    record = find_record(name, models)
    challenging = record.state is ModelState.CHALLENGER
    return ModelFacts(
        record=record,
        card=json.loads(verified(record, CARD_FILE, bucket)),
        history=models.history(name),
        challenger=models.pointers().challenger if challenging else None,
    )


def read_report(name: str, models: ModelsTable, bucket: ArtifactsBucket) -> str:
    """A model's HTML report.

    Raises
    ------
    NotFound
        When there is no such model, or it was trained without a report.
    ArtifactRejected
        When the report is missing or altered.
    """
    record = find_record(name, models)
    if REPORT_FILE not in record.files:
        raise NotFound(f"{name} has no report: a quick training writes none", code="no_report")
    return verified(record, REPORT_FILE, bucket).decode()


def compare_models(
    name: str,
    other: str,
    models: ModelsTable,
    bucket: ArtifactsBucket,
    monitoring: MonitoringTable,
) -> ModelComparison:
    """Two models side by side, on live transactions too if one was the other's challenger.

    Raises
    ------
    NotFound
        When there is no such model.
    ArtifactRejected
        When a card is missing or altered.
    """
    records = find_record(name, models), find_record(other, models)
    cards = [
        ModelCard.model_validate_json(verified(record, CARD_FILE, bucket)) for record in records
    ]
    compared = side_by_side(*zip(records, cards, strict=True))
    live = _live(name, other, monitoring)
    if live is None:
        return compared
    summary = (*compared.summary, live_in_words(live))
    return compared.model_copy(update={"live": live, "summary": summary})


def _live(name: str, other: str, monitoring: MonitoringTable) -> LiveComparison | None:
    """The longer of the two trials, where each has been the other's challenger."""
    pairs = (Pair(name, other), Pair(other, name))
    counted = {pair: monitoring.shadow_total(pair) for pair in pairs}
    return live_comparison(*max(counted.items(), key=lambda found: found[1].rows))
