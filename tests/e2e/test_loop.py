"""The whole loop over HTTP: up, train from a link, poll, predict, check health, and again."""

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import StackInfo
from fraud_cli.sampling import write_sample

pytestmark = pytest.mark.e2e

ORIGINALS_REQUEST = {
    "day_of_month": 5,
    "type": "TRANSFER",
    "amount_log": 12.1,
    "amount_dest": 180000.0,
}
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
STAGES = ["queued", "fetching", "reading", "fitting", "evaluating", "exporting", "storing"]


def test_up_says_where_everything_is(deployed: Any) -> None:
    assert deployed.up["api_url"].endswith("/api/v1")
    assert deployed.up["api_key"].startswith("fd_local_")
    assert deployed.up["model"]["enabled"] is True
    assert deployed.up["model"]["f1"] > 0.4


def test_status_and_docs_need_no_key(anonymous: httpx.Client, deployed: Any) -> None:
    assert anonymous.get("/status").json() == {"status": "success", "message": "pong!"}
    page = anonymous.get(deployed.up["docs_url"])
    assert page.status_code == 200
    assert "swagger-ui" in page.text
    description = anonymous.get(deployed.up["docs_url"].removesuffix("/doc") + "/openapi.json")
    assert description.json()["openapi"].startswith("3.1")
    script = anonymous.get(deployed.up["docs_url"] + "/swagger-ui.js")
    assert script.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/training"),
        ("GET", "/training"),
        ("GET", "/training/1"),
        ("POST", "/datasets"),
        ("POST", "/model/predict"),
        ("POST", "/model/predict/batch"),
        ("GET", "/model/healthy"),
        ("GET", "/predictions"),
        ("GET", "/predictions/pr_01M82MVDB1C5ZZ0VMYJFYDCW1H"),
        ("POST", "/predictions/pr_01M82MVDB1C5ZZ0VMYJFYDCW1H/label"),
    ],
)
def test_everything_else_needs_one(anonymous: httpx.Client, method: str, path: str) -> None:
    for headers in ({}, {"X-Api-Key": "fd_local_nonsense"}):
        answer = anonymous.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthenticated"
        assert answer.json()["error"]["request_id"]


def test_a_key_opens_only_its_scopes(deployed: Any, fraud: Any) -> None:
    key = fraud.json("keys", "create", "reader", "--scope", "read")["api_key"]
    with deployed.client(key) as reader:
        assert reader.get("/model/healthy").status_code == 200
        refused = reader.post("/model/predict", json=RAW)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
        # Another client's training does not exist, as far as this one can tell.
        assert reader.get("/training/1").status_code == 404


def test_a_revoked_key_opens_nothing(deployed: Any, fraud: Any) -> None:
    key = fraud.json("keys", "create", "short-lived", "--scope", "read")["api_key"]
    fraud("keys", "revoke", "short-lived")
    with deployed.client(key) as client:
        assert client.get("/model/healthy").status_code == 401


def test_an_unknown_route_is_not_found(api: httpx.Client) -> None:
    for answer in (api.get("/nothing"), api.delete("/training/1")):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("transaction", [ORIGINALS_REQUEST, RAW], ids=["original", "raw"])
def test_a_prediction_says_what_and_why(api: httpx.Client, transaction: dict[str, Any]) -> None:
    answer = api.post("/model/predict", json=transaction)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["predictions"] == [int(body["is_fraud"])]
    assert body["is_fraud"] is (body["probability"] >= body["threshold"])
    assert 0 <= body["probability"] <= 1
    assert 0 <= body["risk_score"] <= 1000
    assert body["outcome"] in {"approve", "review", "block"}
    contributions = [abs(r["contribution"]) for r in body["reasons"]]
    assert contributions == sorted(contributions, reverse=True)


def test_a_prediction_is_in_the_log_when_it_is_answered(
    api: httpx.Client, aws: Any, info: StackInfo
) -> None:
    prediction_id = api.post("/model/predict", json=RAW).json()["prediction_id"]
    items = aws("dynamodb").scan(TableName=info.outputs["PredictionsTableName"])["Items"]
    logged = next(item for item in items if item["sk"]["S"] == prediction_id)
    assert logged["client"]["S"] == "local"
    assert RAW["nameOrig"] not in json.dumps(logged, default=str)


def test_a_batch_keeps_its_order(api: httpx.Client) -> None:
    rows = [{**RAW, "amount": float(amount)} for amount in range(1, 301)]
    body = api.post("/model/predict/batch", json={"transactions": rows}).json()
    assert len(body["predictions"]) == len(body["results"]) == 300
    single = api.post("/model/predict", json=rows[250]).json()
    assert body["results"][250]["probability"] == pytest.approx(single["probability"], abs=1e-7)


def test_bad_values_are_all_named(api: httpx.Client) -> None:
    answer = api.post("/model/predict", json={**RAW, "amount": -1, "step": True, "x": 1})
    assert answer.status_code == 422
    fields = {f["field"] for f in answer.json()["error"]["fields"]}
    assert fields == {"amount", "step", "x"}


def test_health_has_the_originals_fields_and_more(api: httpx.Client) -> None:
    body = api.get("/model/healthy").json()
    originals = {"modelname", "accuracy", "recall", "f1", "enabled", "precision", "auc", "time"}
    assert originals <= body.keys()
    assert body["enabled"] is True


def test_a_training_goes_through_its_states(
    served: tuple[Path, str], train: Callable[..., dict[str, Any]], api: httpx.Client
) -> None:
    directory, link = served
    write_sample(directory / "sample.csv", 20_000, seed=11)
    training = train(f"{link}/sample.csv", promote="never")
    assert training["status"] == "processed", training["error"]
    assert training["decision"]["promote"] is False
    assert training["metrics"]["f1"] > 0.4
    statuses = list(dict.fromkeys(status for status, _, _ in training["seen"]))
    assert statuses in (["pending", "processing", "processed"], ["processing", "processed"])
    progress = [share for _, _, share in training["seen"]]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    stages = [STAGES.index(s) for _, s, _ in training["seen"] if s in STAGES]
    assert all(a <= b for a, b in pairwise(stages))
    assert api.get("/model/healthy").json()["modelname"] != training["model"]


@pytest.mark.parametrize("form", ["paysim", "basic"])
def test_both_csv_forms_train(
    form: str, served: tuple[Path, str], train: Callable[..., dict[str, Any]]
) -> None:
    directory, link = served
    write_sample(directory / "paysim.csv", 20_000, seed=12)
    if form == "basic":
        _as_basic(directory / "paysim.csv", directory / "basic.csv")
    training = train(f"{link}/{form}.csv", feature_set="basic", promote="never")
    assert training["status"] == "processed", training["error"]


def test_a_better_model_takes_over_and_predictions_follow(
    served: tuple[Path, str], train: Callable[..., dict[str, Any]], api: httpx.Client
) -> None:
    directory, link = served
    before = api.get("/model/healthy").json()
    write_sample(directory / "easier.csv", 60_000, seed=13, fraud_rate=0.2)
    training = train(f"{link}/easier.csv")
    assert training["status"] == "processed", training["error"]
    assert training["metrics"]["f1"] > before["f1"]
    assert training["decision"]["promote"] is True
    assert api.get("/model/healthy").json()["modelname"] == training["model"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html><html><body>Sign in</body></html>", "html_page"),
        (b"step,type,amount\n1,PAYMENT,3\n", "missing_columns"),
        (b"", "empty_file"),
    ],
    ids=["web page", "missing columns", "empty"],
)
def test_a_bad_dataset_ends_in_an_error_to_act_on(
    content: bytes,
    code: str,
    served: tuple[Path, str],
    train: Callable[..., dict[str, Any]],
) -> None:
    directory, link = served
    (directory / "bad.csv").write_bytes(content)
    training = train(f"{link}/bad.csv")
    assert (training["status"], training["error"]["code"]) == ("error", code)
    assert len(training["error"]["message"]) > 20


def test_an_unreachable_dataset_ends_in_an_error(
    served: tuple[Path, str], train: Callable[..., dict[str, Any]]
) -> None:
    training = train(f"{served[1]}/nothing-here.csv")
    assert (training["status"], training["error"]["code"]) == ("error", "dataset_unreachable")


def test_an_uploaded_dataset_trains(
    api: httpx.Client, tmp_path: Path, train: Callable[..., dict[str, Any]]
) -> None:
    write_sample(tmp_path / "private.csv.gz", 20_000, seed=14)
    upload = api.post("/datasets", json={}).json()
    sent = httpx.put(
        upload["upload_url"], content=(tmp_path / "private.csv.gz").read_bytes(), trust_env=False
    )
    assert sent.status_code == 200
    training = train(upload["dataset"], promote="never")
    assert training["status"] == "processed", training["error"]


@pytest.mark.parametrize("name", ["paysim1_first_19999.csv", "paysim1_sample_12651.csv"])
def test_real_files_train(
    name: str,
    shared_data: Path,
    served: tuple[Path, str],
    train: Callable[..., dict[str, Any]],
) -> None:
    directory, link = served
    shutil.copy(shared_data / name, directory / name)
    training = train(f"{link}/{name}", promote="never")
    assert training["status"] == "processed", training["error"]
    assert training["metrics"]["auprc"] > 10 * training["metrics"]["prevalence"]


def test_a_second_up_changes_nothing(deployed: Any, fraud: Any, api: httpx.Client) -> None:
    enabled = api.get("/model/healthy").json()["modelname"]
    again = fraud.json("up")
    for name in ("api_url", "api_key", "docs_url", "console_url"):
        assert again[name] == deployed.up[name]
    assert again["model"]["modelname"] == enabled


def _as_basic(source: Path, target: Path) -> None:
    import polars as pl  # noqa: PLC0415

    raw = pl.read_csv(source)
    raw.select(
        day_of_month=(pl.col("step") / 24).ceil().cast(pl.Int32),
        type="type",
        amount_log=pl.col("amount").log1p(),
        amount_dest=(pl.col("oldbalanceDest") - pl.col("newbalanceDest")).abs(),
        is_fraud="isFraud",
    ).write_csv(target)
