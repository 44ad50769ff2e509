"""Messages to SQS stay within its limits, and what it refuses is sent again."""

from __future__ import annotations

import pytest
from botocore.exceptions import ConnectionClosedError

from fraud.adapters import prediction_buffer, resending
from fraud.adapters.prediction_buffer import (
    MAX_BATCH_BYTES,
    MAX_BATCH_ENTRIES,
    ROUNDS,
    PredictionBuffer,
)
from fraud.domain.errors import Unavailable
from fraud.domain.log_messages import from_message
from fraud.domain.prediction_log import pack


class FakeSqs:
    """Takes messages, but for those that a script says."""

    def __init__(self, *script) -> None:
        self.script = [*script]
        self.batches: list[list[str]] = []
        self.taken: list[str] = []

    def send_message_batch(self, QueueUrl, Entries):
        assert QueueUrl == "queue"
        self.batches.append([e["MessageBody"] for e in Entries])
        assert len({e["Id"] for e in Entries}) == len(Entries)
        refused = self.script.pop(0) if self.script else set()
        if isinstance(refused, Exception):
            raise refused
        left = [e for i, e in enumerate(Entries) if i in refused]
        self.taken += [e["MessageBody"] for e in Entries if e not in left]
        return {
            "Successful": [],
            "Failed": [{"Id": e["Id"], "Code": "InternalError"} for e in left],
        }


LOST = ConnectionClosedError(endpoint_url="sqs")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch) -> None:
    monkeypatch.setattr(resending.time, "sleep", lambda _: None)


def put(sqs: FakeSqs, predictions) -> None:
    PredictionBuffer(lambda: sqs, "queue").put(predictions)


def test_a_batch_is_one_request_with_an_item_a_message(logged) -> None:
    predictions, sqs = logged(1000), FakeSqs()
    put(sqs, predictions)
    assert len(sqs.batches) == 1
    assert [from_message(message) for message in sqs.taken] == pack(predictions)


def test_what_failed_is_sent_again_alone(logged) -> None:
    sqs = FakeSqs({1, 3}, {0})
    put(sqs, logged(1000))
    assert [len(batch) for batch in sqs.batches] == [4, 2, 1]
    assert len({from_message(message).key for message in sqs.taken}) == 4


def test_what_may_have_been_lost_is_sent_again(logged) -> None:
    sqs = FakeSqs(LOST)
    put(sqs, logged())
    assert (len(sqs.batches), len(sqs.taken)) == (2, 1)


@pytest.mark.parametrize("trouble", [LOST, {0}])
def test_in_the_end_it_is_unavailable(logged, trouble) -> None:
    sqs = FakeSqs(*[trouble] * ROUNDS)
    with pytest.raises(Unavailable):
        put(sqs, logged())
    assert len(sqs.batches) == ROUNDS


def test_no_client_is_made_before_it_is_needed() -> None:
    def never():
        raise AssertionError("a client was made")

    PredictionBuffer(never, "queue")


def test_requests_stay_within_the_limits_of_sqs(logged, monkeypatch) -> None:
    size = MAX_BATCH_BYTES // 3
    monkeypatch.setattr(prediction_buffer, "pack", lambda _: range(8))
    monkeypatch.setattr(prediction_buffer, "to_message", lambda i: f"{i}" * size)
    sqs = FakeSqs()
    put(sqs, None)
    assert [len(batch) for batch in sqs.batches] == [3, 3, 2]
    monkeypatch.setattr(prediction_buffer, "pack", lambda _: range(25))
    monkeypatch.setattr(prediction_buffer, "to_message", lambda i: f"message {i}")
    sqs = FakeSqs()
    put(sqs, None)
    assert [len(batch) for batch in sqs.batches] == [MAX_BATCH_ENTRIES, MAX_BATCH_ENTRIES, 5]
