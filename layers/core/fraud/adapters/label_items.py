"""Labels as items of the log, and back.

`arrived_on` and `arrived` are on label items alone, which makes `labels_by_arrival` an index of
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from fraud.adapters.items import from_item, to_attributes
from fraud.domain.labels import Label, Predicted, PredictedInShadow
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.ulids import base32_number

ARRIVAL_SHARDS = 8
"""Partitions that the labels of one day are spread over in the index."""


def label_item(label: Label, place: int, expires_at: int) -> dict[str, Any]:
    """A label as an item beside its prediction, gone when that is."""
    shadow = label.predicted.shadow
    return to_attributes(
        {
            **label.log_key(place)._asdict(),
            "prediction_id": str(label.prediction_id),
            "is_fraud": label.is_fraud,
            "labelled_at": _sortable(label.labelled_at),
            "received_at": _sortable(label.received_at),
            "client": label.client,
            "predicted_at": _sortable(label.predicted.at),
            "predicted_fraud": label.predicted.is_fraud,
            "model": label.predicted.model_name,
            "probability": label.predicted.probability,
            "outcome": label.predicted.outcome,
            "arrived_on": arrival_partition(label.received_at, _shard(label.id)),
            "arrived": label.id,
            "expires_at": expires_at,
            **({"shadow": shadow._asdict()} if shadow else {}),
        }
    )


def read_label(item: Mapping[str, Any]) -> Label:
    """A label from its item."""
    values = from_item(item)
    return Label(
        prediction_id=PredictionId.parse(values["prediction_id"]),
        id=values["arrived"],
        is_fraud=values["is_fraud"],
        labelled_at=datetime.fromisoformat(values["labelled_at"]),
        client=values["client"],
        predicted=Predicted(
            at=datetime.fromisoformat(values["predicted_at"]),
            model_name=values["model"],
            probability=float(values["probability"]),
            outcome=values["outcome"],
            is_fraud=values["predicted_fraud"],
            shadow=PredictedInShadow(**values["shadow"]) if "shadow" in values else None,
        ),
    )


def arrival_partition(day: date, shard: int) -> str:
    """One of the index's partitions for the labels that arrived on a day."""
    return f"{day:%Y-%m-%d}#{shard}"


def _shard(label_id: str) -> int:
    return base32_number(label_id[-2:]) % ARRIVAL_SHARDS


def _sortable(moment: datetime) -> str:
    # One format, so that comparing the strings compares the moments.
    return moment.isoformat(timespec="microseconds")
