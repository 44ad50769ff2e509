"""What the routes of the prediction log answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from fraud.domain.labels import Label, counting
from fraud.domain.log_listing import LogPage, LogRow
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.predictions import (
    IsFraud,
    ModelRef,
    Outcome,
    PredictionIdText,
    Probability,
    Reasons,
    RiskScore,
    Threshold,
)
from fraud.domain.shadows import Shadow

FROM = "From when, RFC 3339 with offset, to the millisecond; by default 24 hours before `to`."
TO = "Until when, not included; by default now."
MODEL = "Those of the model of this name."
CLIENT = "Those of this client; another one than your own needs an admin key."

Name = Annotated[str, Field(min_length=1, max_length=200)]
PredictedAt = Annotated[
    datetime, Field(description="When it was made, in UTC.", examples=["2026-11-22T20:00:00.123Z"])
]
ClientName = Annotated[str, Field(description="The key that asked.", examples=["shop"])]
Fields = dict[str, float | int | str]


class LabelAnswer(BaseModel):
    """One label: what turned out, when, and who said so."""

    is_fraud: Annotated[bool, Field(description="Whether the transaction turned out to be fraud.")]
    labelled_at: Annotated[
        datetime,
        Field(description="When that was found out, in UTC.", examples=["2026-11-30T09:30:00Z"]),
    ]
    received_at: Annotated[datetime, Field(description="When the label arrived, in UTC.")]
    client: Annotated[str, Field(description="The key that said so.", examples=["back-office"])]

    @classmethod
    def of(cls, label: Label) -> Self:
        """Leave out what only metrics need."""
        return cls(
            is_fraud=label.is_fraud,
            labelled_at=label.labelled_at,
            received_at=label.received_at,
            client=label.client,
        )


CountingLabel = Annotated[
    LabelAnswer | None,
    Field(description="The label that counts: the latest by labelled_at; null for none."),
]


class LabelAccepted(BaseModel):
    """The answer to a label, the same again where it was sent before."""

    prediction_id: PredictionIdText
    label: Annotated[LabelAnswer, Field(description="The label as it is kept.")]
    labels: Annotated[int, Field(ge=1, description="How many labels the prediction has now.")]

    @classmethod
    def of(cls, label: Label, labels: int) -> Self:
        """A label as its client sees it, and how many there are."""
        return cls(
            prediction_id=str(label.prediction_id), label=LabelAnswer.of(label), labels=labels
        )


class PredictionRow(BaseModel):
    """A logged prediction in a list."""

    prediction_id: PredictionIdText
    at: PredictedAt
    client: ClientName
    model: ModelRef
    probability: Probability
    risk_score: RiskScore
    outcome: Outcome
    is_fraud: IsFraud
    label: CountingLabel

    @classmethod
    def of(cls, row: LogRow) -> Self:
        """A row as its client sees it."""
        return cls(**_shared(row.entry), label=_shown(row.label))


class PredictionList(BaseModel):
    """A page of predictions, newest first; of a batch, the last member first."""

    predictions: list[PredictionRow]
    next: Annotated[
        str | None,
        Field(
            description="Pass as `next`, with the same filters, for the following page. A page may "
            "hold fewer than `limit`, even none, and still not be the last: null says it is."
        ),
    ]

    @classmethod
    def of(cls, page: LogPage, next_token: str | None) -> Self:
        """A page as its client sees it."""
        return cls(predictions=[PredictionRow.of(row) for row in page.rows], next=next_token)


class ShadowScoreAnswer(BaseModel):
    """What the challenger would have answered, under its own policy."""

    log_odds: float
    probability: Probability
    outcome: Outcome
    is_fraud: IsFraud


class ShadowAnswer(BaseModel):
    """A challenger's part in a prediction; it had none in the answer."""

    model: ModelRef
    threshold: Threshold
    shadow_ms: Annotated[
        float,
        Field(ge=0, description="Milliseconds for all of its request, beside `latency_ms`."),
    ]
    score: Annotated[
        ShadowScoreAnswer | None,
        Field(description="null where its inputs could not be derived, or time ran out."),
    ]

    @classmethod
    def of(cls, shadow: Shadow) -> Self:
        """A challenger's part as an admin sees it."""
        score = shadow.score
        return cls(
            model={"name": shadow.model_name, "version": shadow.model_version},
            threshold=shadow.threshold,
            shadow_ms=shadow.shadow_ms,
            score=score and ShadowScoreAnswer(**score._asdict(), is_fraud=bool(shadow.is_fraud)),
        )


class LoggedPrediction(BaseModel):
    """A prediction as it was asked, made and answered, and what turned out."""

    prediction_id: PredictionIdText
    at: PredictedAt
    client: ClientName
    request_id: Annotated[str, Field(description="Of the request that asked for it.")]
    transaction: Annotated[
        Fields,
        Field(
            description="What was sent, names of accounts left out; amounts in currency units.",
            examples=[{"step": 97, "type": "TRANSFER", "amount": 181000.0}],
        ),
    ]
    features: Annotated[
        Fields,
        Field(
            description="The model's inputs, derived from it.",
            examples=[{"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.1}],
        ),
    ]
    log_odds: Annotated[float, Field(description="ln(p / (1 - p)) of the probability p.")]
    probability: Probability
    risk_score: RiskScore
    outcome: Outcome
    threshold: Threshold
    is_fraud: IsFraud
    model: ModelRef
    reasons: Annotated[
        Reasons | None, Field(description="As answered; null where they were not asked for.")
    ]
    latency_ms: Annotated[
        float,
        Field(ge=0, description="Milliseconds from the handler's call to writing the log."),
    ]
    label: CountingLabel
    labels: Annotated[list[LabelAnswer], Field(description="All labels as they came, newest last.")]
    shadow: Annotated[
        ShadowAnswer | None,
        Field(
            description="The challenger's score, for keys with the scope admin; null for others, "
            "and where no challenger was asked."
        ),
    ]

    @classmethod
    def of(cls, entry: PredictionEntry, labels: Sequence[Label], *, in_full: bool) -> Self:
        """An entry of the log with its labels in the order in which they arrived.

        Parameters
        ----------
        in_full
            Whether the challenger's part is shown: it is no part of what a payment flow got.
        """
        return cls(
            **_shared(entry),
            request_id=entry.request_id,
            transaction=dict(entry.inputs),
            features=dict(entry.features),
            log_odds=entry.log_odds,
            threshold=entry.threshold,
            reasons=list(entry.reasons) if entry.reasons is not None else None,
            latency_ms=entry.latency_ms,
            label=_shown(counting(labels)),
            labels=[LabelAnswer.of(label) for label in labels],
            shadow=ShadowAnswer.of(entry.shadow) if in_full and entry.shadow else None,
        )


def _shared(entry: PredictionEntry) -> dict[str, object]:
    return {
        "prediction_id": str(entry.id),
        "at": entry.at,
        "client": entry.client,
        "model": {"name": entry.model_name, "version": entry.model_version},
        "probability": entry.probability,
        "risk_score": entry.risk_score,
        "outcome": entry.outcome,
        "is_fraud": entry.is_fraud,
    }


def _shown(label: Label | None) -> LabelAnswer | None:
    return LabelAnswer.of(label) if label else None
