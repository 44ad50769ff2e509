"""Whether a new model takes over, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fraud.domain.comparisons import IN_WORDS, Comparison
from fraud.domain.model_cards import ModelRecord

MARGIN = 0.005
"""A lead of half a point is worth a release even where the held-out frauds are too few to prove
it; anything less must be beyond doubt, lest noise and ties change the model again and again."""
CHANGED = "another model was enabled while this one trained"


@dataclass(frozen=True)
class Decision:
    """The verdict on a new model, with its reasons in words."""

    promote: bool
    reasons: tuple[str, ...]
    comparison: Comparison | None = None

    def as_dict(self, at: datetime, by: str) -> dict[str, Any]:
        """The decision as it is stored: with when, and for whose training."""
        stored: dict[str, Any] = {
            "promote": self.promote,
            "reasons": list(self.reasons),
            "decided_at": at.isoformat(),
            "decided_by": by,
        }
        if self.comparison:
            stored["comparison"] = self.comparison.model_dump(mode="json", exclude_none=True)
        return stored


def decide_release(
    candidate: ModelRecord,
    champion: ModelRecord | None,
    promote: str,
    compared: Comparison | None = None,
    objections: Sequence[str] = (),
) -> Decision:
    """Promote a candidate that is better than the enabled model, where nothing speaks against it.

    Better is a higher value of the policy's metric (`deciding_metric`) on the same held-out rows,
    by more than the interval of the difference or by more than `MARGIN`; by more than `MARGIN`
    where there are only the two models' own cards.

    Parameters
    ----------
    promote
        `auto`, or `never` when the request asked to keep the model as a candidate.
    compared
        How training found them to compare; of use only if it is about this very champion.
    objections
        What forbids a release whatever the metrics, in words.
    """
    if promote == "never":
        return Decision(False, ("the request said promote: never",), compared)
    if objections:
        return Decision(False, tuple(objections), compared)
    if champion is None:
        return Decision(promote=True, reasons=("it is the first model",))
    if champion.training_id > candidate.training_id:
        return Decision(
            promote=False,
            reasons=(f"{champion.name} comes from a later training ({champion.training_id})",),
        )
    if compared is None or compared.champion != champion.name:
        compared = Comparison.of_cards(candidate.metrics, candidate.policy, champion, CHANGED)
    return _judged(compared)


def _judged(compared: Comparison) -> Decision:
    ours, theirs = compared.challenger_value, compared.champion_value
    promote, why = _verdict(compared)
    verb = "is higher than" if compared.difference > 0 else "is not higher than"
    metric = IN_WORDS[compared.metric]
    reasons = [f"{metric} {ours:.4f} {verb} {theirs:.4f} of {compared.champion}{why}"]
    if compared.why:
        reasons.append(f"each was measured on its own held-out rows: {compared.why}")
    else:
        reasons.append(f"both were scored on the same {compared.rows:,} held-out rows")
    return Decision(promote, tuple(reasons), compared)


def _verdict(compared: Comparison) -> tuple[bool, str]:
    """Whether the difference is enough, and what there is to add about it."""
    if compared.difference <= 0:
        return False, ""
    lead = f", by {compared.difference:.4f}"
    if compared.interval:
        low, high = compared.interval
        lead += f" (95 % interval {low:.4f} to {high:.4f})"
        if low > 0:
            return True, lead
    if compared.difference > MARGIN:
        return True, f"{lead}, more than the margin of {MARGIN}"
    doubt = " and the interval holds zero" if compared.interval else ""
    return False, f"{lead}, but that is not more than the margin of {MARGIN}{doubt}"
