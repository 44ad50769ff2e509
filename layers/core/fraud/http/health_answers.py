"""What the health route answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from fraud.domain.health_now import HealthNow
from fraud.domain.model_cards import Champion, ModelRecord

Share = Annotated[float, Field(ge=0, le=1)]


class ModelHealth(BaseModel):
    """The enabled model, its quality on held-out rows and now; the original's nine fields first."""

    modelname: str
    accuracy: Share
    recall: Share
    f1: Share
    enabled: bool
    precision: Share
    auc: Annotated[Share, Field(description="Area under the ROC curve.")]
    time: Annotated[float, Field(description="Training time, in seconds.")]
    auprc: Annotated[Share, Field(description="Area under the precision-recall curve.")]
    log_loss: float
    brier: Share
    prevalence: Annotated[Share, Field(description="Share of frauds among the held-out rows.")]
    threshold: Share
    version: int
    feature_set: str
    algorithm: str
    training_id: int
    trained_at: datetime
    released_at: datetime
    release_reason: str
    now: Annotated[
        HealthNow,
        Field(description="How it is doing: what the monitor found when it last looked."),
    ]

    @classmethod
    def of(cls, record: ModelRecord, champion: Champion, now: HealthNow) -> Self:
        """Combine a model's row with its release and the monitor's conclusion."""
        return cls.model_validate(
            {
                **record.metrics.model_dump(),
                "modelname": record.name,
                "enabled": record.enabled,
                "threshold": record.policy.threshold,
                "version": record.version,
                "feature_set": record.feature_set,
                "algorithm": record.algorithm,
                "training_id": record.training_id,
                "trained_at": record.created_at,
                "released_at": champion.released_at,
                "release_reason": champion.reason,
                "now": now,
            }
        )
