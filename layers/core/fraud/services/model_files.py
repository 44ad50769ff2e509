"""Models' files as the monitor needs them: fit for predict, and what live data is held against."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.domain.drift_references import DriftReference
from fraud.domain.errors import ArtifactRejected, NotFound
from fraud.domain.hour_counts import ReferenceOf
from fraud.domain.model_cards import CARD_FILE, SERVED_FILES, ModelCard, ModelRecord
from fraud.services.artifacts import verified


@dataclass(frozen=True)
class CheckedModel:
    """The enabled model's reference, and what is wrong with its files, None when nothing is."""

    reference: DriftReference | None
    problem: str | None


def check_model(record: ModelRecord, bucket: ArtifactsBucket) -> CheckedModel:
    """Read a model's files as predict does when it loads it.

    Raises
    ------
    Unavailable
        When the bucket does not answer.
    """
    sound: dict[str, bytes] = {}
    problem: str | None = None
    for name in SERVED_FILES:
        try:
            sound[name] = verified(record, name, bucket)
        except ArtifactRejected as e:
            problem = problem or e.message
    if CARD_FILE not in sound:
        return CheckedModel(None, problem)
    card = ModelCard.model_validate_json(sound[CARD_FILE])
    return CheckedModel(DriftReference.of(card), problem)


def references(
    known: str, reference: DriftReference | None, bucket: ArtifactsBucket
) -> ReferenceOf:
    """Look up references by model: that of `known` is given, others are read once."""
    found: dict[str, DriftReference | None] = {known: reference}

    def reference_of(model_name: str) -> DriftReference | None:
        if model_name not in found:
            found[model_name] = _read(model_name, bucket)
        return found[model_name]

    return reference_of


def _read(model_name: str, bucket: ArtifactsBucket) -> DriftReference | None:
    """The reference of a model that is no longer enabled; its files may be gone."""
    try:
        return DriftReference.of(ModelCard.model_validate_json(bucket.read(model_name, CARD_FILE)))
    except (NotFound, ValidationError):
        return None
