"""What the log keeps of every prediction, and how it is laid out in items.

A batch becomes a few items, not a thousand: its predictions share the request's facts and are kept
as columns, compressed. `PredictionId.log_key` says which item holds which member.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from fraud.domain.prediction_ids import LogKey, PredictionId
from fraud.domain.predictions import Outcome, Reason
from fraud.domain.shadows import Shadow, ShadowScores, packed_shadow, unpacked_shadows

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Where unpacking stops: far above what 250 predictions take."""
_COMPRESSED_FROM_BYTES = 4096
_COMPRESSION_LEVEL = 1  # level 9 saves a twentieth more and takes four times as long

type Value = float | int | str


@dataclass(slots=True)
class LoggedPredictions:
    """The predictions of one request, as columns of n values.

    Attributes
    ----------
    id
        Of the single prediction, or of the batch.
    indexes
        The place of each of a batch's members in its request, ascending; None for a single
        prediction.
    inputs
        The transactions' fields as sent; None where one has none of that name.
    features
        The model's inputs derived from them; a type by its name.
    log_odds, probability
        The model's answers.
    reasons
        As answered; None where they were not asked for.
    latency_ms
        From the handler's call to just before this was written, a challenger's time left out.
    shadow
        What a challenger would have said; None where none was asked.
    """

    id: PredictionId
    at: datetime
    client: str
    request_id: str
    model_name: str
    model_version: int
    threshold: float
    latency_ms: float
    indexes: Sequence[int] | None
    inputs: Mapping[str, Sequence[Value | None]]
    features: Mapping[str, Sequence[Value]]
    log_odds: Sequence[float]
    probability: Sequence[float]
    risk_score: Sequence[int]
    outcome: Sequence[Outcome]
    reasons: Sequence[Sequence[Reason]] | None
    shadow: ShadowScores | None = None

    @property
    def is_fraud(self) -> list[bool]:
        """Whether each probability reaches the threshold."""
        return [p >= self.threshold for p in self.probability]


@dataclass(frozen=True, slots=True)
class PredictionEntry:
    """One prediction, as it was asked, made and answered; see `LoggedPredictions`."""

    id: PredictionId
    at: datetime
    client: str
    request_id: str
    model_name: str
    model_version: int
    threshold: float
    latency_ms: float
    inputs: Mapping[str, Value]
    features: Mapping[str, Value]
    log_odds: float
    probability: float
    risk_score: int
    outcome: Outcome
    reasons: Sequence[Reason] | None
    shadow: Shadow | None = None

    @property
    def is_fraud(self) -> bool:
        """Whether its probability reaches the threshold."""
        return self.probability >= self.threshold


class LogItem(NamedTuple):
    """One item of the log, with what a listing filters by beside the packed predictions."""

    key: LogKey
    at: datetime
    client: str
    model_name: str
    outcomes: frozenset[Outcome]
    body: bytes


_SHARED = ("at", "client", "request_id", "model_name", "model_version", "threshold", "latency_ms")
_COLUMNS = ("log_odds", "probability", "risk_score", "outcome")


def pack(predictions: LoggedPredictions) -> list[LogItem]:
    """Lay out the predictions of one request: one item, or one for each part of the batch."""
    return [
        LogItem(
            key=key,
            at=predictions.at,
            client=predictions.client,
            model_name=predictions.model_name,
            outcomes=frozenset(predictions.outcome[rows]),
            body=_body(predictions, rows),
        )
        for key, rows in _parts(predictions.id, predictions.indexes)
    ]


def unpack(body: bytes) -> list[PredictionEntry]:
    """The predictions of one item, in the order of the request."""
    return list(_entries(from_json(body if body[:1] == b"{" else _inflated(body))))


def _parts(
    prediction_id: PredictionId, indexes: Sequence[int] | None
) -> list[tuple[LogKey, slice]]:
    if indexes is None:
        return [(prediction_id.log_key, slice(0, 1))]
    parts: list[tuple[LogKey, slice]] = []
    start = 0
    while start < len(indexes):
        member = prediction_id.member(indexes[start])
        end = bisect_left(indexes, member.part_end)
        parts.append((member.log_key, slice(start, end)))
        start = end
    return parts


def _body(predictions: LoggedPredictions, rows: slice) -> bytes:
    content: dict[str, Any] = {name: getattr(predictions, name) for name in _SHARED}
    content["base"] = predictions.id.base
    content["indexes"] = predictions.indexes and predictions.indexes[rows]
    for name in _COLUMNS:
        content[name] = getattr(predictions, name)[rows]
    content["reasons"] = predictions.reasons and predictions.reasons[rows]
    content["inputs"] = {name: cells[rows] for name, cells in predictions.inputs.items()}
    features = {name: cells[rows] for name, cells in predictions.features.items()}
    # A feature that was sent as such is not kept twice.
    content["features"] = {
        name: None if cells == content["inputs"].get(name) else cells
        for name, cells in features.items()
    }
    if predictions.shadow is not None:
        content["shadow"] = packed_shadow(predictions.shadow, rows)
    body = to_json(content)
    return body if len(body) < _COMPRESSED_FROM_BYTES else zlib.compress(body, _COMPRESSION_LEVEL)


def _entries(content: dict[str, Any]) -> Iterator[PredictionEntry]:
    shared = {name: content[name] for name in _SHARED}
    shared["at"] = datetime.fromisoformat(shared["at"])
    inputs = content["inputs"]
    features = {name: cells or inputs[name] for name, cells in content["features"].items()}
    shadows = unpacked_shadows(content.get("shadow"), len(content["log_odds"]))
    for i, shadow in enumerate(shadows):
        yield PredictionEntry(
            id=PredictionId(content["base"], content["indexes"] and content["indexes"][i]),
            inputs={name: cells[i] for name, cells in inputs.items() if cells[i] is not None},
            features={name: cells[i] for name, cells in features.items()},
            reasons=content["reasons"] and content["reasons"][i],
            shadow=shadow,
            **shared,
            **{name: content[name][i] for name in _COLUMNS},
        )


def _inflated(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body, MAX_BODY_BYTES)
