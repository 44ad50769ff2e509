"""Idempotency-Key over HTTP: the deployed stack answers a retry as it answered the first time."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.e2e

TRANSACTION = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "oldbalanceOrg": 181000.0,
    "newbalanceOrig": 0.0,
    "oldbalanceDest": 0.0,
    "newbalanceDest": 0.0,
}
AT_ONCE = 20


@pytest.fixture
def headers() -> dict[str, str]:
    """A key that no other test has sent."""
    return {"Idempotency-Key": str(uuid.uuid4())}


def assert_replay(again: httpx.Response, first: httpx.Response) -> None:
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers.get("Location") == first.headers.get("Location")


def test_a_prediction_is_replayed_and_another_body_refused(
    api: httpx.Client, headers: dict[str, str]
) -> None:
    first = api.post("/model/predict", json=TRANSACTION, headers=headers)
    assert first.status_code == 200, first.text
    assert_replay(api.post("/model/predict", json=TRANSACTION, headers=headers), first)
    other = api.post("/model/predict", json={**TRANSACTION, "step": 98}, headers=headers)
    assert other.status_code == 422
    assert other.json()["error"]["code"] == "idempotency_key_reused"
    batch = {"transactions": [TRANSACTION] * 1000, "reasons": True}
    first = api.post("/model/predict/batch", json=batch, headers=headers)
    assert first.status_code == 200, first.text
    assert_replay(api.post("/model/predict/batch", json=batch, headers=headers), first)


def test_two_keys_are_refused_wherever_both_arrive(api: httpx.Client) -> None:
    two = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = api.post("/model/predict", json=TRANSACTION, headers=two)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_twenty_requests_at_once_start_one_training(
    api: httpx.Client,
    deployed: Any,
    headers: dict[str, str],
    served: tuple[Any, str],
) -> None:
    link = f"{served[1]}/{headers['Idempotency-Key']}.csv"
    with deployed.client(deployed.up["api_key"]) as client, ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [
            pool.submit(client.post, "/training", json={"dataset": link}, headers=headers)
            for _ in range(AT_ONCE)
        ]
        answers = [answer.result() for answer in asked]
    accepted = [a for a in answers if a.status_code == 202]
    assert len([a for a in accepted if "Idempotency-Replayed" not in a.headers]) == 1
    assert len({(a.content, a.headers["Location"]) for a in accepted}) == 1
    refused = {(a.status_code, a.json()["error"]["code"]) for a in answers if a not in accepted}
    assert refused <= {(409, "in_flight")}
    listed = api.get("/training", params={"limit": 100}).json()["trainings"]
    assert [t["dataset"] for t in listed].count(link) == 1
    assert_replay(
        api.post("/training", json={"dataset": link}, headers=headers),
        next(a for a in accepted if "Idempotency-Replayed" not in a.headers),
    )
