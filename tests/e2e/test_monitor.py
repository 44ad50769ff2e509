"""The monitor on the deployed stack: invoked as the schedule does, seen through the API."""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from fraud_cli.local import StackInfo
from fraud_cli.sampling import write_sample

from .conftest import until_served

pytestmark = pytest.mark.e2e

ROWS = 900
WORTH_A_LOOK = 0.1
"""The field's rule of thumb: below it a population stability index means no shift."""
NUMBERS = ("amount", "oldbalanceOrg", "newbalanceOrig", "oldbalanceDest", "newbalanceDest")


@pytest.fixture(scope="module")
def model(api: httpx.Client, served: tuple[Path, str], train: Callable[..., dict[str, Any]]) -> str:
    """A model that knows nothing of a shift, and has answered nothing yet; it is enabled."""
    directory, link = served
    write_sample(directory / "monitored.csv", 20_000, seed=41)
    training = train(f"{link}/monitored.csv", promote="never")
    assert training["status"] == "processed", training["error"]
    name = str(training["model"])
    promoted = api.post(f"/models/{name}/promote", json={"reason": "to be watched"})
    assert promoted.status_code == 200, promoted.text
    until_served(api, name)
    return name


@pytest.fixture
def invoke(aws: Any, info: StackInfo) -> Any:
    """Runs the monitor; gives what it answers."""
    monitor = info.outputs["MonitorFunctionName"]

    def run() -> dict[str, Any]:
        answer = aws("lambda").invoke(FunctionName=monitor, Payload=b"{}")
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return dict(payload)

    return run


def transactions(path: Path, rows: int, shift: float) -> Iterator[dict[str, Any]]:
    """Transactions of a sample as a caller sends them."""
    write_sample(path, rows, seed=11, shift=shift)
    with path.open() as file:
        for row in csv.DictReader(file):
            sent = {name: float(row[name]) for name in NUMBERS}
            yield {"step": int(row["step"]), "type": row["type"], **sent}


def ask(api: httpx.Client, path: Path, *, shift: float) -> None:
    body = {"transactions": list(transactions(path, ROWS, shift))}
    answer = api.post("/model/predict/batch", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.usefixtures("model")
def test_health_tells_how_the_model_is_doing_now(
    api: httpx.Client, fraud: Any, invoke: Any, tmp_path: Path
) -> None:
    before = invoke()["now"]["last_hour"]["predictions"]
    ask(api, tmp_path / "usual.csv", shift=0.0)
    began = datetime.now(UTC)
    invoke()
    now = api.get("/model/healthy").json()["now"]
    assert datetime.fromisoformat(now["as_of"]) >= began
    assert now["last_hour"]["predictions"] == before + ROWS
    assert now["last_hour"]["errors"] is None
    assert now["drift"]["score"]["psi"] is not None
    # A stack of some minutes has not seen a day yet.
    assert now["state"] == "unknown"
    assert "night and noon differ" in now["reasons"][0]
    assert fraud.json("drift")["drift"] == now["drift"]
    assert now["state"] in fraud("health").stdout


@pytest.mark.usefixtures("model")
def test_shifted_transactions_show_in_the_index_of_what_moved(
    api: httpx.Client, fraud: Any, invoke: Any, tmp_path: Path
) -> None:
    ask(api, tmp_path / "usual.csv", shift=0.0)
    before = invoke()["now"]["drift"]
    for _ in range(4):
        ask(api, tmp_path / "shifted.csv", shift=1.0)
    after = invoke()["now"]["drift"]
    assert after["rows"]["last_day"] == before["rows"]["last_day"] + 4 * ROWS
    usual, shifted = (report["features"]["amount_log"]["psi"] for report in (before, after))
    assert usual < WORTH_A_LOOK < shifted
    assert "amount_log" in fraud("drift").stdout


def test_running_it_again_counts_nothing_twice(invoke: Any) -> None:
    first, second = invoke()["now"], invoke()["now"]
    assert first["last_day"]["predictions"] == second["last_day"]["predictions"]
