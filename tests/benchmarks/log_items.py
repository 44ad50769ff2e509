"""How much of the prediction log a prediction takes: alone, and as one of a batch."""

from __future__ import annotations

import csv
import itertools
from math import ceil
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fraud.domain.prediction_log import LoggedPredictions, LogItem, pack
from fraud.domain.predictions import BatchRequest
from fraud.domain.transactions import RawTransaction
from fraud_serving.predicting import Asked, predict, predict_batch
from fraud_serving.served_model import ServedModel

BATCH = 1_000
SAMPLE = 5_000
WRITE_UNIT_BYTES = 1024
ATTRIBUTES_BYTES = 170
"""Of an item beside its body: keys, time, client, model, outcomes, expiry."""
BALANCES = ("oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest")


class _Kept:
    """A log that keeps what it is given."""

    def __init__(self) -> None:
        self.items: list[LogItem] = []

    def write(self, predictions: LoggedPredictions) -> None:
        self.items = pack(predictions)


def units_per_prediction(csv_file: Path, model: ServedModel) -> dict[str, float]:
    """DynamoDB write units for one prediction, by how it was asked for."""
    sent = _transactions(csv_file)
    asked = Asked.now("benchmark", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef")
    log = _Kept()
    predict(RawTransaction.model_validate(sent[0]), asked, model, log)  # type: ignore[arg-type]
    found = {"single, with reasons": _units(log.items)}
    for name, reasons in (("batch of 1,000", False), ("batch of 1,000, with reasons", True)):
        request = BatchRequest.model_validate({"transactions": sent, "reasons": reasons})
        predict_batch(request, asked, model, log)  # type: ignore[arg-type]
        found[name] = _units(log.items) / BATCH
    return found


def _units(items: list[LogItem]) -> float:
    return sum(ceil((len(i.body) + ATTRIBUTES_BYTES) / WRITE_UNIT_BYTES) for i in items)


def _transactions(csv_file: Path) -> list[dict[str, Any]]:
    """Rows as callers send them, those that the API takes: overdrawn accounts are refused."""
    with csv_file.open(newline="") as rows:
        read = [
            {"step": int(row["step"]), "type": row["type"], "amount": float(row["amount"])}
            | {name: float(row[name]) for name in BALANCES}
            for row in itertools.islice(csv.DictReader(rows), SAMPLE)
        ]
    return list(itertools.islice(filter(_taken, read), BATCH))


def _taken(sent: dict[str, Any]) -> bool:
    try:
        RawTransaction.model_validate(sent)
    except ValidationError:
        return False
    return True
