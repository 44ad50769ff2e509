"""Predict pays for a client only when it needs it."""

from __future__ import annotations

import pytest

from fraud.adapters import aws_clients
from fraud_serving import wiring


@pytest.fixture
def _fresh(monkeypatch) -> None:
    names = ("models_table", "predictions_table", "idempotency_table", "data_bucket")
    for name in (*names, "log_buffer_queue_url"):
        monkeypatch.setenv(name.upper(), name)
    made = (aws_clients.prompt_sqs_client, aws_clients.prompt_dynamodb_client)
    for collaborator in (wiring.settings, wiring.log, *made):
        collaborator.cache_clear()
    yield
    for collaborator in (wiring.settings, wiring.log, *made):
        collaborator.cache_clear()


@pytest.mark.usefixtures("_fresh")
def test_the_buffers_client_is_not_made_before_the_table_refuses() -> None:
    log = wiring.log()
    assert log.buffer is not None
    assert aws_clients.prompt_dynamodb_client.cache_info().currsize == 1
    assert aws_clients.prompt_sqs_client.cache_info().currsize == 0
