"""What the log keeps of every prediction, and how it is laid out in items.

A batch becomes a few items, not a thousand: its entries share the request's facts and are stored
as columns, compressed. `PredictionId.log_key` says which item holds which member.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from fraud.domain.prediction_ids import LogKey, PredictionId
from fraud.domain.predictions import Outcome, Reason

MAX_BODY_BYTES = 64 * 1024 * 1024
"""Where unpacking stops: far above what 250 predictions take."""
_COMPRESSED_FROM_BYTES = 4096
_COMPRESSION_LEVEL = 1  # level 9 saves a twentieth more and takes four times as long

type Value = float | int | str


@dataclass(slots=True)
class PredictionEntry:
    """One prediction, as it was asked, made and answered.

    Attributes
    ----------
    inputs
        The transaction's fields as sent.
    features
        The model's inputs derived from them, before rounding to float32; `type` as its code.
    log_odds, probability
        The model's answer.
    reasons
        As answered; None where they were not asked for.
    latency_ms
        From the handler's call to just before this entry was written.
    """

    id: PredictionId
    at: datetime
    client: str
    request_id: str
    model_name: str
    model_version: int
    threshold: float
    inputs: Mapping[str, Value]
    features: Mapping[str, float]
    log_odds: float
    probability: float
    risk_score: int
    outcome: Outcome
    is_fraud: bool
    reasons: Sequence[Reason] | None
    latency_ms: float


class LogItem(NamedTuple):
    """One item of the log, with what a listing filters by beside the packed entries."""

    key: LogKey
    at: datetime
    client: str
    model_name: str
    outcomes: frozenset[Outcome]
    body: bytes


_SHARED = ("at", "client", "request_id", "model_name", "model_version", "threshold", "latency_ms")
_COLUMNS = ("log_odds", "probability", "risk_score", "outcome", "is_fraud", "reasons")
_TABLES = ("inputs", "features")


def pack(entries: Sequence[PredictionEntry]) -> list[LogItem]:
    """Lay out the entries of one request: one item for each part of the batch."""
    parts = (list(part) for _, part in groupby(entries, lambda e: (e.id.base, e.id.part)))
    return [
        LogItem(
            key=part[0].id.log_key,
            at=part[0].at,
            client=part[0].client,
            model_name=part[0].model_name,
            outcomes=frozenset(entry.outcome for entry in part),
            body=_body(part),
        )
        for part in parts
    ]


def unpack(body: bytes) -> list[PredictionEntry]:
    """The entries of one item, in the order of the request."""
    return list(_entries(from_json(body if body[:1] == b"{" else _inflated(body))))


def _body(part: Sequence[PredictionEntry]) -> bytes:
    first = part[0]
    content: dict[str, Any] = {name: getattr(first, name) for name in _SHARED}
    content["base"] = first.id.base
    content["index"] = [entry.id.index for entry in part]
    for name in _COLUMNS:
        content[name] = [getattr(entry, name) for entry in part]
    for name in _TABLES:
        rows = [getattr(entry, name) for entry in part]
        columns = dict.fromkeys(column for row in rows for column in row)
        content[name] = {column: [row.get(column) for row in rows] for column in columns}
    body = to_json(content)
    return body if len(body) < _COMPRESSED_FROM_BYTES else zlib.compress(body, _COMPRESSION_LEVEL)


def _entries(content: dict[str, Any]) -> Iterator[PredictionEntry]:
    shared = {name: content[name] for name in _SHARED}
    shared["at"] = datetime.fromisoformat(shared["at"])
    for i, index in enumerate(content["index"]):
        row = {name: content[name][i] for name in _COLUMNS}
        row["outcome"] = Outcome(row["outcome"])
        for name in _TABLES:
            cells = ((column, values[i]) for column, values in content[name].items())
            row[name] = {column: value for column, value in cells if value is not None}
        yield PredictionEntry(id=PredictionId(content["base"], index), **shared, **row)


def _inflated(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body, MAX_BODY_BYTES)
