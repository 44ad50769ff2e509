"""A model's files as predictions need them: are they there, and are they what was registered?"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from pydantic import ValidationError

from fraud.domain.drift_references import DriftReference
from fraud.domain.errors import NotFound
from fraud.domain.hour_counts import ReferenceOf
from fraud.domain.model_cards import CARD_FILE, GOLDEN_FILE, ONNX_FILE, ModelCard, ModelRecord

SERVED = (ONNX_FILE, CARD_FILE, GOLDEN_FILE)


class Files(Protocol):
    """Where models' files are."""

    def read(self, model_name: str, file_name: str) -> bytes:
        """One file, whole."""


@dataclass(frozen=True)
class CheckedModel:
    """The enabled model's reference, and what is wrong with its files, None when nothing is."""

    reference: DriftReference | None
    problem: str | None


def check_model(record: ModelRecord, files: Files) -> CheckedModel:
    """Read a model's files as predict does when it loads it, and compare their digests.

    Raises
    ------
    Unavailable
        When the bucket does not answer.
    """
    problem: str | None = None
    reference: DriftReference | None = None
    for name in SERVED:
        try:
            content = files.read(record.name, name)
        except NotFound:
            problem = problem or f"{name} is missing"
            continue
        if sha256(content).hexdigest() != record.files.get(name):
            problem = problem or f"{name} is not the file that was registered"
        elif name == CARD_FILE:
            reference = DriftReference.of(ModelCard.model_validate_json(content))
    return CheckedModel(reference, problem)


def references(known: str, reference: DriftReference | None, files: Files) -> ReferenceOf:
    """Look up references by model: that of `known` is given, others are read once."""
    found: dict[str, DriftReference | None] = {known: reference}

    def reference_of(model_name: str) -> DriftReference | None:
        if model_name not in found:
            found[model_name] = _read(model_name, files)
        return found[model_name]

    return reference_of


def _read(model_name: str, files: Files) -> DriftReference | None:
    """The reference of a model that is no longer enabled; its files may be gone."""
    try:
        return DriftReference.of(ModelCard.model_validate_json(files.read(model_name, CARD_FILE)))
    except (NotFound, ValidationError):
        return None
