"""The prediction log over HTTP: predict, find it, say what turned out, list by outcome."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fraud.adapters.labels import Labels
from fraud_cli.local import StackInfo

pytestmark = pytest.mark.e2e

RAW = {
    "step": 97,
    "type": "TRANSFER",
    "amount": 181000.0,
    "nameOrig": "C1305486145",
    "oldbalanceOrg": 181000.0,
    "newbalanceOrig": 0.0,
    "nameDest": "C553264065",
    "oldbalanceDest": 0.0,
    "newbalanceDest": 0.0,
}
SENT = {name: value for name, value in RAW.items() if not name.startswith("name")}


def all_rows(api: httpx.Client, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        answer = api.get("/predictions", params=query)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["predictions"]
        if answer.json()["next"] is None:
            return rows
        query["next"] = answer.json()["next"]


def test_a_prediction_is_found_as_it_was_answered(api: httpx.Client) -> None:
    answered = api.post("/model/predict", json=RAW).json()
    found = api.get(f"/predictions/{answered['prediction_id']}")
    assert found.status_code == 200, found.text
    body = found.json()
    del answered["predictions"]
    assert answered.items() <= body.items()
    assert body["transaction"] == SENT
    assert (body["client"], body["label"], body["labels"]) == ("local", None, [])
    assert body["latency_ms"] > 0


def test_a_label_is_taken_twice_kept_once_and_listed(
    api: httpx.Client, aws: Any, info: StackInfo
) -> None:
    before = datetime.now(UTC)
    prediction_id = api.post("/model/predict", json=RAW).json()["prediction_id"]
    path = f"/predictions/{prediction_id}/label"
    said = {"is_fraud": True, "labelled_at": datetime.now(UTC).isoformat()}
    first, second = api.post(path, json=said), api.post(path, json=said)
    assert first.status_code == 200, first.text
    assert first.json() == second.json()
    assert first.json()["labels"] == 1
    time.sleep(0.01)
    assert api.post(path, json={"is_fraud": False}).json()["labels"] == 2
    found = api.get(f"/predictions/{prediction_id}").json()
    assert [label["is_fraud"] for label in found["labels"]] == [True, False]
    assert found["label"] == found["labels"][1]
    (row,) = [r for r in all_rows(api, limit="3") if r["prediction_id"] == prediction_id]
    assert row["label"] == found["label"]
    labels = Labels(aws("dynamodb"), info.outputs["PredictionsTableName"])
    arrived = labels.labels_arrived(before, datetime.now(UTC) + timedelta(days=1))
    mine = [label for label in arrived if str(label.prediction_id) == prediction_id]
    assert sorted(label.is_fraud for label in mine) == [False, True]


def test_a_list_is_exact_by_outcome_and_by_pages(api: httpx.Client) -> None:
    begin = datetime.now(UTC).isoformat()
    rows = [{**RAW, "amount": float(10**n)} for n in range(7)] * 40
    batch = api.post("/model/predict/batch", json={"transactions": rows}).json()
    single = api.post("/model/predict", json=RAW).json()
    answered = [single, *reversed(batch["results"])]
    listed = all_rows(api, limit="90", **{"from": begin})
    assert [r["prediction_id"] for r in listed] == [a["prediction_id"] for a in answered]
    for outcome in ("approve", "review", "block"):
        listed = all_rows(api, outcome=outcome, **{"from": begin})
        expected = [a["prediction_id"] for a in answered if a["outcome"] == outcome]
        assert [r["prediction_id"] for r in listed] == expected


def test_another_key_sees_its_own_only(api: httpx.Client, deployed: Any, fraud: Any) -> None:
    theirs = api.post("/model/predict", json=RAW).json()["prediction_id"]
    scopes = ("--scope", "predict", "--scope", "read")
    key = fraud.json("keys", "create", "teller", *scopes)["api_key"]
    with deployed.client(key) as teller:
        mine = teller.post("/model/predict", json=RAW).json()["prediction_id"]
        assert [r["prediction_id"] for r in all_rows(teller)] == [mine]
        assert teller.get(f"/predictions/{mine}").status_code == 200
        assert teller.get(f"/predictions/{theirs}").status_code == 404
        refused = teller.post(f"/predictions/{theirs}/label", json={"is_fraud": True})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
        others = teller.get("/predictions", params={"client": "local"})
        assert (others.status_code, others.json()["error"]["code"]) == (403, "forbidden")
        assert teller.get("/predictions/17").json()["error"]["field"] == "prediction_id"
    assert [r["prediction_id"] for r in all_rows(api, client="teller")] == [mine]


def test_the_commands_show_and_label(api: httpx.Client, fraud: Any) -> None:
    prediction_id = api.post("/model/predict", json=RAW).json()["prediction_id"]
    assert fraud.json("label", prediction_id, "fraud")["label"]["is_fraud"] is True
    (row,) = fraud.json("logs", "--since", "10m", "-n", "1")["predictions"]
    assert (row["prediction_id"], row["label"]["is_fraud"]) == (prediction_id, True)
    assert prediction_id in fraud("logs", "-n", "1").stdout
    assert "prediction_id" in fraud("label", "17", "fraud", ok=False).stderr
