"""What turned out: whether a predicted transaction was fraud, as somebody said at some time.

Labels are never changed. Who was wrong, or learns more, adds another one; the one that counts is
the one with the latest `labelled_at`, and among those the one that came last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.moments import Moment
from fraud.domain.prediction_ids import LogKey, PredictionId
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.predictions import Outcome
from fraud.domain.ulids import moment_of, new_ulid

MARK = "#label#"
"""Between a prediction's id and a label's place in the log's sort keys. It sorts before `-` and
digits: in descending order a prediction's labels come before the item the prediction is in."""

CLOCK_SKEW = timedelta(seconds=30)
"""How far a caller's clock may be ahead of ours."""

_JUST_AFTER = timedelta(microseconds=1)
_PLACE_CHARS = 26
"""As many as a ULID has, by which labels were kept before places were counted."""


class LabelRequest(BaseModel):
    """What is said about a prediction."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={"examples": [{"is_fraud": True, "labelled_at": "2026-11-30T09:30:00Z"}]},
    )

    is_fraud: Annotated[bool, Field(description="Whether the transaction turned out to be fraud.")]
    labelled_at: Annotated[
        Moment | None,
        Field(
            description="When that was found out, with offset; by default now, after every other "
            "label. Of several labels the one with the latest counts."
        ),
    ] = None


class PredictedInShadow(NamedTuple):
    """What the challenger would have said of the same transaction."""

    model_name: str
    is_fraud: bool


@dataclass(frozen=True, slots=True)
class Predicted:
    """What was predicted: all that live metrics need beside a label.

    `shadow` is None where no challenger scored it.
    """

    at: datetime
    model_name: str
    probability: float
    outcome: Outcome
    is_fraud: bool
    shadow: PredictedInShadow | None = None

    @classmethod
    def of(cls, entry: PredictionEntry) -> Self:
        """The facts of a logged prediction."""
        facts = (entry.at, entry.model_name, entry.probability, entry.outcome, entry.is_fraud)
        shadow = entry.shadow
        if shadow is None or shadow.is_fraud is None:
            return cls(*facts)
        return cls(*facts, PredictedInShadow(shadow.model_name, shadow.is_fraud))


@dataclass(frozen=True, slots=True)
class Label:
    """One label of one prediction.

    Attributes
    ----------
    id
        ULID of its arrival.
    labelled_at
        When it was found out, as the client says.
    client
        Who says so.
    """

    prediction_id: PredictionId
    id: str
    is_fraud: bool
    labelled_at: datetime
    client: str
    predicted: Predicted

    @property
    def received_at(self) -> datetime:
        """When it arrived, to the millisecond."""
        return moment_of(self.id)

    def log_key(self, place: int) -> LogKey:
        """Where it is kept, beside its prediction, as the one with `place` labels before it.

        Whoever adds a label to the same ones wants the same key: only one of them gets it, and the
        other has to look again at what is said already.
        """
        sk = f"{labels_prefix(self.prediction_id)}{place:0{_PLACE_CHARS}}"
        return LogKey(self.prediction_id.log_key.pk, sk)


def labels_prefix(prediction_id: PredictionId) -> str:
    """What the sort keys of a prediction's labels begin with."""
    return f"{prediction_id}{MARK}"


def new_label(
    entry: PredictionEntry,
    request: LabelRequest,
    client: str,
    received_at: datetime,
    known: Iterable[Label] = (),
) -> Label:
    """A label of a prediction, arriving now.

    Without a `labelled_at` it was found out now, or just after the `known` label that counts where
    that lies ahead of our clock: what is said last without a time always counts.

    Raises
    ------
    InvalidValue
        When `labelled_at` lies before the prediction or in the future.
    """
    if request.labelled_at is not None:
        _check(request.labelled_at, entry.at, received_at)
    return Label(
        prediction_id=entry.id,
        id=new_ulid(received_at),
        is_fraud=request.is_fraud,
        labelled_at=request.labelled_at or _now_or_after(known, received_at),
        client=client,
        predicted=Predicted.of(entry),
    )


def counting(labels: Iterable[Label]) -> Label | None:
    """The one of a prediction's labels that counts, None when there is none."""
    return max(labels, key=lambda label: (label.labelled_at, label.id), default=None)


def repeated(request: LabelRequest, client: str, labels: Collection[Label]) -> Label | None:
    """The label that says already what this request says, from the same client.

    Without a `labelled_at` only the label that counts can be meant: after a different one, the
    same words are news again.
    """
    if request.labelled_at is None:
        latest = counting(labels)
        candidates = [latest] if latest else []
    else:
        candidates = [label for label in labels if label.labelled_at == request.labelled_at]
    same = (
        label
        for label in candidates
        if label.is_fraud == request.is_fraud and label.client == client
    )
    return next(same, None)


def _now_or_after(known: Iterable[Label], now: datetime) -> datetime:
    latest = counting(known)
    return max(now, latest.labelled_at + _JUST_AFTER) if latest else now


def _check(labelled_at: datetime, predicted_at: datetime, now: datetime) -> None:
    # Callers often send whole seconds.
    if labelled_at < predicted_at.replace(microsecond=0):
        complaint = f"lies before the prediction, which was made at {predicted_at.isoformat()}"
    elif labelled_at > now + CLOCK_SKEW:
        complaint = f"lies in the future; it is {now.isoformat(timespec='seconds')} now"
    else:
        return
    raise InvalidValue(f"labelled_at {complaint}", [InvalidField("labelled_at", complaint)])
