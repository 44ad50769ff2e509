"""When the monitor asks for a training by itself, and what it remembers of that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, Field

from fraud.domain.drift import DriftReport
from fraud.domain.live_quality import LiveQuality
from fraud.domain.model_state import Limits, drifted_from, f1_fallen

CLAIM_EXPIRES_AFTER = timedelta(minutes=15)
"""The longest a Lambda function lives: a claim that names no training by then never will."""


@dataclass(frozen=True)
class RetrainingRules:
    """Whether and when to retrain.

    Attributes
    ----------
    dataset
        Link of the data to train on; empty for never.
    psi, f1_loss
        As in `Limits`: from here on it is worth a training.
    cool_down
        How long after one retraining none is asked for: whatever was wrong, the same data would
        give the same model again.
    """

    dataset: str = ""
    psi: float = Limits.psi
    f1_loss: float = Limits.f1_loss
    cool_down: timedelta = timedelta(days=7)

    def cause(self, drift: DriftReport | None, live: LiveQuality | None) -> str | None:
        """Why to retrain, in words; None for no reason, or when it is off."""
        limits = Limits(psi=self.psi, f1_loss=self.f1_loss)
        fallen = f1_fallen(live, limits) if live else None
        causes = [fallen] if fallen else []
        causes += drifted_from(drift, limits) if drift else []
        return "; ".join(causes) if causes and self.dataset else None


class Retraining(BaseModel):
    """The last retraining the monitor claimed; one item for all models, so never two at once."""

    model: Annotated[str, Field(description="The model that was enabled then.")]
    because: str
    claimed_at: datetime
    training_id: Annotated[
        int | None, Field(description="The training that was queued; follow it as any other.")
    ] = None
