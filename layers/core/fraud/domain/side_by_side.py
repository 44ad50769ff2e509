"""Two models side by side, from their cards: what differs, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from fraud.domain.comparison_sections import (
    Candidate,
    CandidatePair,
    DatasetPair,
    FeaturePair,
    HeldOutComparison,
    MetricPair,
    ModelComparison,
    PolicyPair,
    TrainedOn,
)
from fraud.domain.comparisons import IN_WORDS
from fraud.domain.model_cards import ModelCard, ModelRecord

type Side = tuple[ModelRecord, ModelCard]

RISING = frozenset({"f1", "auprc", "precision", "recall", "accuracy", "auc", "value_caught"})
"""Metrics that are better when higher."""
FALLING = frozenset({"log_loss", "brier"})
"""Metrics that are better when lower; what is in neither set has no better."""
SAME_ROWS = "same held-out rows"


def side_by_side(model: Side, other: Side) -> ModelComparison:
    """Compare two models.

    Parameters
    ----------
    model, other
        The registry's row and the card of each; differences are `model` less `other`.
    """
    (_, ours), (_, theirs) = model, other
    metrics, held_out = tuple(_metrics(ours, theirs)), _held_out(model, other)
    features, datasets = _features(ours, theirs), _datasets(ours, theirs)
    return ModelComparison(
        model=ours.name,
        other=theirs.name,
        summary=(
            *_measured(ours.name, theirs.name, metrics),
            _basis(held_out),
            _inputs(ours.name, theirs.name, features),
            f"Both were trained on {'the same file' if datasets.same_file else 'different files'}.",
        ),
        metrics=metrics,
        policies=PolicyPair(model=ours.policy, other=theirs.policy),
        features=features,
        datasets=datasets,
        candidates=CandidatePair(model=_candidates(ours), other=_candidates(theirs)),
        held_out=held_out,
    )


def _metrics(ours: ModelCard, theirs: ModelCard) -> Iterator[MetricPair]:
    right = theirs.metrics.model_dump()
    for name, value in ours.metrics.model_dump().items():
        if name in right:
            difference = value - right[name]
            yield MetricPair(
                metric=name,
                model=value,
                other=right[name],
                difference=difference,
                better=_better(name, difference),
            )


def _better(metric: str, difference: float) -> Literal["model", "other", "equal"] | None:
    if metric not in RISING | FALLING:
        return None
    if difference == 0:
        return "equal"
    return "model" if (difference > 0) is (metric in RISING) else "other"


def _features(ours: ModelCard, theirs: ModelCard) -> FeaturePair:
    left, right = ours.feature_set, theirs.feature_set
    return FeaturePair(
        model_feature_set=f"{left.name} {left.version}",
        other_feature_set=f"{right.name} {right.version}",
        shared=tuple(name for name in left.names if name in right.names),
        only_model=tuple(name for name in left.names if name not in right.names),
        only_other=tuple(name for name in right.names if name not in left.names),
    )


def _datasets(ours: ModelCard, theirs: ModelCard) -> DatasetPair:
    same_file = ours.dataset.sha256 == theirs.dataset.sha256
    return DatasetPair(model=_trained_on(ours), other=_trained_on(theirs), same_file=same_file)


def _trained_on(card: ModelCard) -> TrainedOn:
    facts = card.dataset
    return TrainedOn(
        **facts.model_dump(),
        prevalence=facts.frauds / facts.rows,
        split=card.split,
        seed=card.seed,
    )


def _candidates(card: ModelCard) -> tuple[Candidate, ...]:
    tried: list[dict[str, Any]] = card.evaluation.get("search", {}).get("candidates", [])
    return tuple(
        Candidate(
            name=one["name"],
            algorithm=one["algorithm"],
            auprc=sum(one["auprc"]) / len(one["auprc"]) if one.get("auprc") else None,
            won=one["name"] == card.parameters.get("candidate"),
        )
        for one in tried
    )


def _held_out(model: Side, other: Side) -> HeldOutComparison | None:
    """The comparison of the one's training with the other, if it was on the same rows."""
    for (record, card), (rival, _) in ((model, other), (other, model)):
        for found in (
            card.evaluation.get("champion_comparison"),
            record.decision.get("comparison"),
        ):
            if found and found["champion"] == rival.name and found["basis"] == SAME_ROWS:
                return HeldOutComparison.model_validate({**found, "challenger": record.name})
    return None


def _measured(ours: str, theirs: str, metrics: tuple[MetricPair, ...]) -> Iterator[str]:
    by_name = {pair.metric: pair for pair in metrics}
    for name, words in IN_WORDS.items():
        pair = by_name[name]
        verb = "more" if pair.difference > 0 else "less"
        by = f"{abs(pair.difference):.4f} {verb}" if pair.difference else "the same"
        yield f"{words}: {ours} {pair.model:.4f}, {theirs} {pair.other:.4f}, {by}."


def _basis(held_out: HeldOutComparison | None) -> str:
    if held_out is None:
        return "Each was measured on its own held-out rows: small differences may mean nothing."
    sure = ""
    if held_out.interval:
        low, high = held_out.interval
        sure = f" (95 % interval {low:.4f} to {high:.4f})"
    return (
        f"On the same {held_out.rows:,} held-out rows {held_out.challenger} has "
        f"{IN_WORDS[held_out.metric]} {held_out.challenger_value:.4f}, {held_out.champion} "
        f"{held_out.champion_value:.4f}: a difference of {held_out.difference:+.4f}{sure}."
    )


def _inputs(ours: str, theirs: str, features: FeaturePair) -> str:
    if not features.only_model and not features.only_other:
        return "Both take the same inputs."
    own = {ours: features.only_model, theirs: features.only_other}
    said = [f"only {name} takes {', '.join(names)}" for name, names in own.items() if names]
    return f"{said[0][0].upper()}{'; '.join(said)[1:]}."
