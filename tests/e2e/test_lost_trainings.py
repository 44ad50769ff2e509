"""The deployed sweeper and dead letters' function: a training that nobody runs comes to an end."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.trainings import TrainingRequest
from fraud_cli.local import StackInfo

pytestmark = pytest.mark.e2e

WITHIN_S = 60


@pytest.fixture
def lost(aws: Any, info: StackInfo) -> Any:
    """Registers a training that is never queued."""
    table = TrainingsTable(aws("dynamodb"), info.outputs["TrainingsTableName"])

    def register(ago: timedelta) -> int:
        request = TrainingRequest(dataset="https://example.invalid/rows.csv")
        return table.register(request, "somebody", datetime.now(UTC) - ago).id

    return register


def ended(api: httpx.Client, training_id: int) -> dict[str, Any]:
    deadline = time.monotonic() + WITHIN_S
    while (found := api.get(f"/training/{training_id}").json())["status"] != "error":
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return dict(found["error"])


def test_a_training_in_the_dead_letters_ends_with_a_reason(
    api: httpx.Client, aws: Any, info: StackInfo, lost: Any
) -> None:
    training_id = lost(timedelta(0))
    aws("sqs").send_message(
        QueueUrl=info.outputs["TrainingDeadLetterQueueUrl"],
        MessageBody=json.dumps({"training_id": training_id}),
    )
    assert ended(api, training_id)["code"] == "never_run"


def test_a_training_that_was_never_queued_is_run_after_a_sweep(
    api: httpx.Client, aws: Any, info: StackInfo, lost: Any
) -> None:
    training_id = lost(timedelta(hours=2))
    sweeper = info.outputs["SweeperFunctionName"]
    answer = aws("lambda").invoke(FunctionName=sweeper, Payload=b"{}")
    swept = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, swept
    assert swept == {
        "requeued": [training_id],
        "given_up": [],
        "models_removed": [],
        "datasets_removed": [],
        "complete": True,
    }
    # The trainer had it: what the link gives is its affair.
    assert ended(api, training_id)["code"] not in {"never_run", "worker_lost", "not_queued"}
