"""The enabled model, as a training compares its own with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fraud.domain.features import DERIVATIONS, FeatureSet
from fraud.domain.model_cards import ModelCard, ModelRecord


@dataclass(frozen=True)
class VerifiedModel:
    """A model's card and ONNX file, both as they were registered."""

    card: ModelCard
    onnx: bytes


@dataclass(frozen=True)
class EnabledModel:
    """The champion.

    Attributes
    ----------
    verified
        None when its files cannot be trusted; `trouble` then says why.
    """

    record: ModelRecord
    verified: VerifiedModel | None
    trouble: str = ""


def obstacle(champion: EnabledModel, columns: Sequence[str]) -> str:
    """Why rows of these columns cannot be scored by the champion; empty when they can."""
    if champion.verified is None:
        return champion.trouble
    feature_set = champion.verified.card.feature_set
    if missing := feature_set.missing_from(set(columns)):
        return (
            f"the file lacks {', '.join(missing)}, which the feature set {feature_set.name!r} of "
            f"{champion.record.name} needs"
        )
    if unknown := _underivable(feature_set, columns):
        return f"{', '.join(unknown)} of {champion.record.name} cannot be derived any more"
    return ""


def _underivable(feature_set: FeatureSet, columns: Sequence[str]) -> list[str]:
    """Features of an earlier version of ours."""
    return [n for n in feature_set.names if n not in columns and n not in DERIVATIONS]
