"""The log read request by request, with its labels, from any of them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from fraud.adapters.labelled_log import LabelledLog, LoggedRequest
from fraud.adapters.labels import Labels
from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.labels import LabelRequest, new_label
from fraud.domain.prediction_ids import log_parts
from fraud.domain.prediction_log import LoggedPredictions, pack, unpack

NOW = datetime.now(UTC).replace(hour=12)
HOUR = timedelta(hours=1)
KEPT = timedelta(days=400)


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        dynamodb.create_table(
            TableName="log",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k, _ in keys],
            KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys],
        )
        yield dynamodb


def read(client: Any, since: datetime, until: datetime) -> list[LoggedRequest]:
    log = LabelledLog(client, "log")
    return [request for part in log_parts(since, until) for request in log.requests(part, None)]


def test_a_batch_of_several_items_is_one_request_with_the_label_that_counts(
    client: Any, logged: Callable[..., LoggedPredictions]
) -> None:
    made = [logged(600, reasons=False, at=NOW), logged(at=NOW + HOUR, seed=2)]
    labels = Labels(client, "log")
    for predictions in made:
        PredictionsTable(client, "log", KEPT).put(predictions)
    entries = [entry for item in pack(made[0]) for entry in unpack(item.body)]
    for index, said in ((17, (True,)), (250, (True, False)), (599, (False,))):
        for place, is_fraud in enumerate(said):
            arrived = NOW + timedelta(minutes=1 + place)
            label = new_label(entries[index], LabelRequest(is_fraud=is_fraud), "shop", arrived)
            labels.add(label, place, int((NOW + KEPT).timestamp()))
    found = {request.base: request.rows for request in read(client, NOW - HOUR, NOW + 2 * HOUR)}
    assert set(found) == {predictions.id.base for predictions in made}
    batch = found[made[0].id.base]
    assert [row.entry for row in batch] == entries
    labelled = {row.entry.id.index: row.label.is_fraud for row in batch if row.label}
    assert labelled == {17: True, 250: False, 599: False}


def test_reading_goes_on_after_any_request(
    client: Any, logged: Callable[..., LoggedPredictions]
) -> None:
    table = PredictionsTable(client, "log", KEPT)
    for second in range(40):
        table.put(logged(2 if second % 2 else None, at=NOW + timedelta(seconds=second)))
    log = LabelledLog(client, "log")
    for part in log_parts(NOW - HOUR, NOW + HOUR):
        whole = list(log.requests(part, None))
        for i, request in enumerate(whole):
            assert list(log.requests(part, request.base)) == whole[i + 1 :]


def test_what_has_expired_or_lies_outside_is_not_read(
    client: Any, logged: Callable[..., LoggedPredictions]
) -> None:
    PredictionsTable(client, "log", timedelta(days=-1)).put(logged(at=NOW))
    kept = PredictionsTable(client, "log", KEPT)
    kept.put(logged(at=NOW - timedelta(milliseconds=1)))
    kept.put(logged(at=NOW + HOUR))
    inside = logged(at=NOW + HOUR - timedelta(milliseconds=1))
    kept.put(inside)
    assert [request.base for request in read(client, NOW, NOW + HOUR)] == [inside.id.base]
