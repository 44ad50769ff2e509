"""What the routes that look at models answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from fraud.adapters.registry_table import ModelPage
from fraud.domain.model_cards import Metrics, ModelRecord, ModelState, ThresholdPolicy
from fraud.domain.model_facts import ModelFacts
from fraud.domain.registry import HistoryEntry

Share = Annotated[float, Field(ge=0, le=1)]


class MainMetrics(BaseModel):
    """Quality on held-out rows, at the threshold in force."""

    f1: Share
    precision: Share
    recall: Share
    auprc: Annotated[Share, Field(description="Area under the precision-recall curve.")]
    auc: Annotated[Share, Field(description="Area under the ROC curve.")]


class DecisionInShort(BaseModel):
    """Whether its own training enabled a model, and the main reason."""

    promote: bool
    reason: str
    decided_at: datetime
    decided_by: Annotated[str, Field(description="The client that asked for the training.")]

    @classmethod
    def of(cls, decision: dict[str, Any]) -> Self | None:
        """The first reason of a decision; None while there is no decision."""
        return cls(**decision, reason=decision["reasons"][0]) if decision else None


class ModelSummary(BaseModel):
    """A model in a list."""

    name: str
    version: int
    state: ModelState
    created_at: datetime
    training_id: int
    algorithm: str
    feature_set: str
    threshold: Share
    metrics: MainMetrics
    decision: DecisionInShort | None

    @classmethod
    def of(cls, record: ModelRecord) -> Self:
        """A model's row in short."""
        return cls.model_validate(
            {
                **record.model_dump(exclude={"policy", "files", "decision"}),
                "threshold": record.policy.threshold,
                "decision": DecisionInShort.of(record.decision),
            }
        )


class ModelList(BaseModel):
    """A page of models, newest first."""

    models: list[ModelSummary]
    next: Annotated[str | None, Field(description="Pass as `next` for the following page.")]

    @classmethod
    def of(cls, page: ModelPage) -> Self:
        """A page as its client sees it."""
        return cls(models=[ModelSummary.of(r) for r in page.models], next=page.next_token)


class ModelAnswer(BaseModel):
    """A model: what the registry knows of it, what happened to it, and its card."""

    name: str
    version: int
    state: ModelState
    created_at: datetime
    training_id: int
    algorithm: str
    feature_set: str
    share: Annotated[
        float | None, Field(description="Of live requests it scores; for the challenger only.")
    ] = None
    metrics: Metrics
    policy: ThresholdPolicy
    files: Annotated[dict[str, str], Field(description="Artifacts and their SHA-256.")]
    decision: Annotated[dict[str, Any], Field(description="Whether its training enabled it.")]
    history: Annotated[list[HistoryEntry], Field(description="Newest first, at most 100.")]
    card: Annotated[dict[str, Any], Field(description="`card.json`, as training wrote it.")]


def model_answer(facts: ModelFacts) -> dict[str, Any]:
    """A `ModelAnswer` as plain values, the card as it was written."""
    answer = ModelAnswer(
        **facts.record.model_dump(),
        share=facts.challenger.share if facts.challenger else None,
        history=facts.history,
        card={},
    )
    return {**answer.model_dump(mode="json", exclude_none=True), "card": facts.card}
