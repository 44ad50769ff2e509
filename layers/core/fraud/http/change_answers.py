"""What the routes that change the registry take and answer."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fraud.domain.registry import Action, Change, Move

MAX_REASON_CHARS = 500
MIN_SHARE = 1e-6
"""Of a million requests one; numbers below 1e-130 could not be stored."""
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of the text around them, and could disguise it."""
_REFUSED = r"\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069"
PATTERN = rf"^[^{_REFUSED}]*[^\s{_REFUSED}][^{_REFUSED}]*$"
"""The same for readers of the API's description."""


def _plain(reason: str) -> str:
    if not reason.strip():
        raise ValueError("should say why")
    if any(unicodedata.category(c) in _CONTROLS or c in _TURNING for c in reason):
        raise ValueError("should have no control characters")
    return reason


Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_REASON_CHARS,
        description="Why; kept in the history of every model that changes.",
        examples=["precision fell after the update of 3 May"],
        json_schema_extra={"pattern": PATTERN},
    ),
    AfterValidator(_plain),
]


class ChangeRequest(BaseModel):
    """Why something is changed."""

    model_config = ConfigDict(strict=True, extra="forbid")

    reason: Reason


class ChallengeRequest(ChangeRequest):
    """On how many requests a model is tried, and why."""

    share: Annotated[
        float,
        Field(
            ge=MIN_SHARE,
            le=1,
            allow_inf_nan=False,
            description="Share of live requests that it scores beside the champion.",
            examples=[0.1],
        ),
    ]


class ChangeAnswer(BaseModel):
    """A change that was made, and what is in use after it."""

    id: Annotated[str, Field(description="In the history of every model that changed.")]
    action: Action
    at: datetime
    by: str
    reason: str
    changes: Annotated[list[Move], Field(description="The model it is about first.")]
    champion: str | None
    challenger: str | None
    share: Annotated[float | None, Field(description="Of live requests the challenger scores.")]

    @classmethod
    def of(cls, change: Change) -> Self:
        """A change as its client sees it."""
        order, after = change.order, change.after
        return cls(
            id=order.id,
            action=order.action,
            at=order.at,
            by=order.by,
            reason=order.reason,
            changes=list(change.moves),
            champion=after.champion.name if after.champion else None,
            challenger=after.challenger.name if after.challenger else None,
            share=after.challenger.share if after.challenger else None,
        )
