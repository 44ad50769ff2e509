"""Whether a new model takes over, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fraud.domain.model_cards import ModelRecord


@dataclass(frozen=True)
class Decision:
    """The verdict on a new model, with its reasons in words."""

    promote: bool
    reasons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The decision as it is stored."""
        return {**asdict(self), "reasons": list(self.reasons)}


def decide_release(candidate: ModelRecord, champion: ModelRecord | None, promote: str) -> Decision:
    """Compare a candidate with the enabled model by F1, as the original did.

    Parameters
    ----------
    promote
        `auto`, or `never` when the request asked to keep the model as a candidate.
    """
    if promote == "never":
        return Decision(promote=False, reasons=("the request said promote: never",))
    if champion is None:
        return Decision(promote=True, reasons=("it is the first model",))
    if champion.training_id > candidate.training_id:
        return Decision(
            promote=False,
            reasons=(f"{champion.name} comes from a later training ({champion.training_id})",),
        )
    ours, theirs = candidate.metrics.f1, champion.metrics.f1
    better = ours > theirs
    verb = "is higher than" if better else "is not higher than"
    return Decision(
        promote=better, reasons=(f"F1 {ours:.4f} {verb} {theirs:.4f} of {champion.name}",)
    )
