"""What functions log: who asked, never what was sent."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from fraud.adapters.predictions_table import PredictionsTable
from fraud.domain.errors import Unavailable
from fraud.domain.keys import Scope, create_key, hash_key
from fraud_cli.sampling import write_sample

SECRET_KEY = "fd_live_C4n4ryC4n4ryC4n4ryC4n4ryC4n4ryC4n4ryC4n4ryC4n4ry"
ACCOUNT, OTHER_ACCOUNT = "C987654321987", "M123987456321"
AMOUNT, BALANCE = 8675309.37, 31337421.11
PASSWORD, SIGNATURE = "canary-password", "canary0signature"
WELL_FORMED_KEY = create_key("live", "canary", [Scope.ADMIN], datetime.now(UTC)).key
CANARIES = (SECRET_KEY, ACCOUNT, OTHER_ACCOUNT, "8675309", "31337421", PASSWORD, SIGNATURE)
RAW = {
    "step": 11,
    "type": "TRANSFER",
    "amount": AMOUNT,
    "nameOrig": ACCOUNT,
    "oldbalanceOrg": BALANCE,
    "newbalanceOrig": BALANCE - AMOUNT,
    "nameDest": OTHER_ACCOUNT,
    "oldbalanceDest": 0.0,
    "newbalanceDest": AMOUNT,
}
PREDICT = "/api/v1/model/predict"
type Lines = Callable[[], list[dict[str, Any]]]


def refuse(*_: Any) -> None:
    raise Unavailable("DynamoDB does not answer")


def test_no_line_carries_amounts_accounts_keys_or_credentials(
    stack: Any,
    release: Callable[..., Any],
    logged: Lines,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release()
    key = {"X-Api-Key": SECRET_KEY}
    assert stack.call("predict", "POST", PREDICT, RAW, headers=key).status == 200
    for name in RAW:
        wrong = RAW | {name: [ACCOUNT, AMOUNT]}
        assert stack.call("predict", "POST", PREDICT, wrong, headers=key).status == 422
    batch = {"transactions": [RAW, RAW | {"amount": f"{AMOUNT}!"}]}
    assert stack.call("predict", "POST", f"{PREDICT}/batch", batch, headers=key).status == 422
    with monkeypatch.context() as m:
        m.setattr(PredictionsTable, "put", refuse)
        assert stack.call("predict", "POST", PREDICT, RAW, headers=key).status == 200
    with monkeypatch.context() as m:
        m.setattr(PredictionsTable, "put", lambda *_: 1 / 0)
        assert stack.call("predict", "POST", PREDICT, RAW, headers=key).status == 500
    for link in (
        f"https://canary:{PASSWORD}@127.0.0.1/data.csv",
        f"https://127.0.0.1/data.csv?X-Amz-Signature={SIGNATURE}",
        f"s3://fraud-data/uploads/missing.csv?X-Amz-Signature={SIGNATURE}",
        f"ftp://canary:{PASSWORD}@example.test/data.csv",
        f"https://nowhere.invalid/data.csv?X-Amz-Signature={SIGNATURE}",
    ):
        asked = stack.call("training", "POST", "/api/v1/training", {"dataset": link}, headers=key)
        if asked.status == 202:
            stack.train()
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/live/POST/api/v1/model/predict"
    with pytest.raises(Exception, match="Unauthorized"):
        stack.function("authorizer").handler({"headers": key, "methodArn": arn}, stack.context())
    lines = logged()
    said = {line["message"] for line in lines}
    assert said >= {"refused", "prediction_buffered", "unexpected error", "training ended"}
    everything = json.dumps(lines) + caplog.text + "".join(capfd.readouterr())
    assert [canary for canary in CANARIES if canary in everything] == []


def test_a_request_is_named_on_its_own_lines_only(
    stack: Any, release: Callable[..., Any], logged: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = release()
    monkeypatch.setattr(PredictionsTable, "put", refuse)
    stack.call("predict", "POST", PREDICT, RAW, client="shop")
    (line,) = (line for line in logged() if line["message"] == "prediction_buffered")
    assert (line["api_request_id"], line["client"], line["model"]) == (
        "request-1",
        "shop",
        record.name,
    )
    stack.call("status", "GET", "/api/v1/nowhere", client=None)
    refused = [line for line in logged() if line["message"] == "refused"]
    assert refused
    assert not any("client" in line for line in refused)


def test_a_training_that_ends_is_one_line_and_one_document_of_metrics(
    stack: Any,
    logged: Lines,
    tmp_path: Path,
    put_dataset: Callable[[Path], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_sample(tmp_path / "sample.csv", 20_000, seed=3)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    for name in ("sample.csv", "bad.csv"):
        link = put_dataset(tmp_path / name)
        answer = stack.call("training", "POST", "/api/v1/training", {"dataset": link})
        assert answer.status == 202
        stack.train()
    good, bad = (line for line in logged() if line["message"] == "training ended")
    assert (good["client"], bad["client"]) == ("tests", "tests")
    assert good["model"].startswith("fraud-")
    assert "error" not in good
    assert "model" not in bad
    assert bad["error"] == "missing_columns"
    assert bad["training_id"] == good["training_id"] + 1
    documents = [json.loads(x) for x in capsys.readouterr().out.splitlines() if '"_aws"' in x]
    one, other = documents
    assert one["TrainingSucceeded"] == other["TrainingFailed"] == [1.0]
    assert one["TrainingDuration"][0] == pytest.approx(good["duration_s"])
    assert "TrainingFailed" not in one
    assert "TrainingSucceeded" not in other


def test_no_other_function_says_what_it_was_sent_or_has_read(
    stack: Any,
    release: Callable[..., Any],
    logged: Lines,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Log, labels, registry, uploads, buffer and monitor; and rows that cannot be read."""
    release()
    key = {"X-Api-Key": SECRET_KEY}
    made = stack.call("predict", "POST", PREDICT, RAW, headers=key).body["prediction_id"]
    path = f"/api/v1/predictions/{made}"
    label = {"resource": "/api/v1/predictions/{prediction_id}/label", "headers": key}
    assert stack.call("predictions", "GET", path).body["transaction"]["amount"] == AMOUNT
    for body in ({"is_fraud": True}, {"is_fraud": ACCOUNT}, {ACCOUNT: AMOUNT}):
        stack.call("predictions", "POST", f"{path}/label", body, **label)
    for name in (PASSWORD, "rollback"):
        body = {"reason": f"{PASSWORD} {ACCOUNT}"}
        stack.call("registry", "POST", f"/api/v1/models/{name}/promote", body, headers=key)
    for function, asked in (
        ("models", f"/api/v1/models/{PASSWORD}"),
        ("predictions", f"/api/v1/predictions/{PASSWORD}"),
        ("training", f"/api/v1/training/{PASSWORD}"),
        ("replays", f"/api/v1/replays/{PASSWORD}"),
    ):
        assert stack.call(function, "GET", asked, headers=key).status in {404, 422}
    upload = stack.call("training", "POST", "/api/v1/datasets", {}, headers=key).body["upload_url"]
    (signed,) = (part for part in upload.split("&") if "Signature=" in part)
    message = json.dumps({"account": ACCOUNT, "amount": AMOUNT})
    stack.function("log_writer").handler({"Records": [record(message)]}, stack.context())
    stack.function("monitor").handler({}, stack.context())
    spoilt = {"link": {"S": f"https://x.test/?s={SIGNATURE}"}, "client": {"S": ACCOUNT}}
    boto3.client("dynamodb").put_item(TableName="TrainingsTable", Item={"id": {"N": "5"}, **spoilt})
    assert stack.call("training", "GET", "/api/v1/training/5").status == 500
    hashed = hash_key(WELL_FORMED_KEY)
    spoilt = {"key_hash": {"S": hashed}, "prefix": {"S": SIGNATURE}, "name": {"S": ACCOUNT}}
    boto3.client("dynamodb").put_item(TableName="ApiKeysTable", Item=spoilt)
    arn = "arn:aws:execute-api:us-east-1:123456789012:api/live/POST/api/v1/model/predict"
    asked = {"headers": {"X-Api-Key": WELL_FORMED_KEY}, "methodArn": arn}
    with pytest.raises(ValidationError) as failure:
        stack.function("authorizer").handler(asked, stack.context())
    everything = json.dumps(logged()) + caplog.text + "".join(capfd.readouterr())
    # Lambda itself logs what a function raises.
    everything += "".join(traceback.format_exception(failure.value))
    assert "unexpected error" in everything
    planted = (*CANARIES, signed.partition("=")[2], WELL_FORMED_KEY, hashed)
    assert [canary for canary in planted if canary in everything] == []


def record(body: str) -> dict[str, Any]:
    return {
        "messageId": "message-1",
        "receiptHandle": "handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:buffer",
        "awsRegion": "us-east-1",
    }


def test_nothing_of_ours_writes_into_a_trace(project_dir: Path) -> None:
    """Lambda and API Gateway trace times and status; only code could add what was sent."""
    for folder in ("functions", "layers"):
        for path in (project_dir / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            assert "Tracer" not in source, path
            assert "xray" not in source.replace("xray_trace_id", ""), path
