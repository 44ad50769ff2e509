"""What is logged can be read again, one by one, from a few small items."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions, pack, unpack

AT = datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC)
MAX_ITEM_BYTES = 350_000
REASON = {
    "feature": "amount_dest",
    "value": 0.0,
    "contribution": 1.5,
    "text": "amount_dest of 0.00 raises the odds of fraud 4.48 times",
}


def logged(n: int, *, batch: bool = True, reasons: bool = False, width: int = 4):
    rng = random.Random(n)  # noqa: S311 - not for secrets
    columns = {f"field_{k}": [rng.random() * 1e6 for _ in range(n)] for k in range(width)}
    types = ["TRANSFER"] * n
    return LoggedPredictions(
        id=PredictionId.new(AT),
        at=AT,
        client="shop",
        request_id="request-1",
        model_name="first",
        model_version=3,
        threshold=0.5,
        latency_ms=1.25,
        indexes=list(range(n)) if batch else None,
        inputs={"type": types, **columns},
        features={"type": types, "derived": [rng.random() for _ in range(n)], **columns},
        log_odds=[rng.gauss(0, 3) for _ in range(n)],
        probability=[round(rng.random(), 9) for _ in range(n)],
        risk_score=[rng.randrange(1001) for _ in range(n)],
        outcome=[rng.choice(["approve", "review", "block"]) for _ in range(n)],
        reasons=[[REASON] * width for _ in range(n)] if reasons else None,
    )


def restored(predictions: LoggedPredictions) -> list:
    return [entry for item in pack(predictions) for entry in unpack(item.body)]


@pytest.mark.parametrize(("n", "batch"), [(1, False), (1, True), (250, True), (1000, True)])
@pytest.mark.parametrize("reasons", [True, False])
def test_every_entry_comes_back_as_it_was_logged(n, batch, reasons) -> None:
    predictions = logged(n, batch=batch, reasons=reasons)
    entries = restored(predictions)
    ids = [predictions.id.member(i) for i in range(n)] if batch else [predictions.id]
    assert [entry.id for entry in entries] == ids
    for name in ("log_odds", "probability", "risk_score", "outcome", "is_fraud"):
        assert [getattr(entry, name) for entry in entries] == getattr(predictions, name)
    for name in ("at", "client", "request_id", "model_name", "model_version", "threshold"):
        assert {getattr(entry, name) for entry in entries} == {getattr(predictions, name)}
    for i, entry in enumerate(entries):
        assert entry.inputs == {name: cells[i] for name, cells in predictions.inputs.items()}
        assert entry.features == {name: cells[i] for name, cells in predictions.features.items()}
        assert entry.reasons == ([REASON] * 4 if reasons else None)


def test_fields_that_a_transaction_did_not_have_stay_absent() -> None:
    predictions = logged(2)
    mixed = replace(predictions, inputs={"amount": [5.0, None], "amount_log": [None, 0.0]})
    assert [entry.inputs for entry in restored(mixed)] == [{"amount": 5.0}, {"amount_log": 0.0}]


def test_a_batch_of_a_thousand_is_four_items_each_within_dynamodbs_limit() -> None:
    items = pack(logged(1000, reasons=True, width=20))
    assert len(items) == 4
    assert max(len(item.body) for item in items) < MAX_ITEM_BYTES


def test_members_are_in_the_item_their_id_says_even_when_some_were_skipped() -> None:
    predictions = logged(500)
    predictions = replace(predictions, indexes=[2 * i for i in range(500)])
    items = pack(predictions)
    for item in items:
        assert {entry.id.log_key for entry in unpack(item.body)} == {item.key}
    assert sum(len(unpack(item.body)) for item in items) == 500


def test_an_item_can_be_filtered_without_unpacking() -> None:
    (item,) = pack(logged(1, batch=False))
    (entry,) = unpack(item.body)
    assert (item.client, item.model_name, item.at) == ("shop", "first", AT)
    assert item.outcomes == {entry.outcome}


def test_a_single_prediction_is_readable_as_it_lies() -> None:
    (item,) = pack(logged(1, batch=False))
    assert item.body.startswith(b'{"at"')
    assert b'"request-1"' in item.body


def test_nothing_of_a_logged_prediction_is_forgotten() -> None:
    (entry,) = restored(logged(1, batch=False, reasons=True))
    kept = {field.name for field in fields(entry)} | {"indexes"}
    assert kept == {field.name for field in fields(LoggedPredictions)}
