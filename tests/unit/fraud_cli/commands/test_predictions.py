"""`fraud logs` and `fraud label` against an API that answers as ours does."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from fraud_cli.client import ApiClient
from fraud_cli.commands import predictions
from fraud_cli.commands.options import begin_of
from fraud_cli.connection import Connection
from fraud_cli.errors import WrongUsage
from fraud_cli.main import app

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
ID = "pr_01M82MVDB1C5ZZ0VMYJFYDCW1H"


def row(i: int) -> dict[str, Any]:
    return {
        "prediction_id": f"{ID}-{i}",
        "at": "2026-11-22T20:00:00.123000Z",
        "client": "shop",
        "model": {"name": "fraud-000001-ee6ed9c0", "version": 1},
        "probability": 0.917208135,
        "risk_score": 999,
        "outcome": "block",
        "is_fraud": True,
        "label": {"is_fraud": False} if i == 0 else None,
    }


type Run = Callable[..., tuple[int, str]]


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, asked: list[httpx.Request]) -> Run:
    """Runs a command against an API with 250 predictions in pages of 60, one of them empty."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.method == "POST":
            return httpx.Response(200, json={"prediction_id": ID, "label": {}, "labels": 2})
        start, size = int(request.url.params.get("next", "0")), int(request.url.params["limit"])
        empty = start == 60 and sum(r.url.params.get("next") == "60" for r in asked) == 1
        rows = [] if empty else [row(i) for i in range(start, min(start + min(size, 60), 250))]
        end = start + len(rows)
        return httpx.Response(
            200, json={"predictions": rows, "next": str(end) if end < 250 else None}
        )

    def connect() -> ApiClient:
        transport = httpx.MockTransport(answer)
        return ApiClient(Connection("http://api.test/api/v1", "key"), transport)

    monkeypatch.setattr(predictions, "connect", connect)

    def invoke(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, args, catch_exceptions=False)
        return result.exit_code, result.output

    return invoke


def test_logs_follow_pages_until_there_are_enough(run: Run, asked: list[httpx.Request]) -> None:
    code, output = run("logs", "-n", "130", "--json")
    rows = json.loads(output.splitlines()[-1])["predictions"]
    assert code == 0
    assert [r["prediction_id"] for r in rows] == [f"{ID}-{i}" for i in range(130)]
    assert [r.url.params["limit"] for r in asked] == ["100", "70", "70", "10"]


def test_logs_end_where_the_log_ends(run: Run) -> None:
    _, output = run("logs", "-n", "1000", "--json")
    assert len(json.loads(output.splitlines()[-1])["predictions"]) == 250


def test_filters_are_sent_and_others_are_not(run: Run, asked: list[httpx.Request]) -> None:
    run("logs", "--outcome", "block", "--client", "a b&c", "--since", "2026-11-22T21:00:00+01:00")
    assert dict(asked[0].url.params) == {
        "from": "2026-11-22T20:00:00+00:00",
        "outcome": "block",
        "client": "a b&c",
        "limit": "20",
    }


def test_a_list_for_people_never_cuts_an_id(run: Run) -> None:
    _, output = run("logs", "-n", "20")
    lines = output.splitlines()
    assert len(lines) == 21
    for i, line in enumerate(lines[1:]):
        assert line.split()[-1] == f"{ID}-{i}"
        assert ("legitimate" in line) is (i == 0)
    assert "2026-11-22 20:00:00" in lines[1]


@pytest.mark.parametrize(("what", "is_fraud"), [("fraud", True), ("legitimate", False)])
def test_a_label_is_sent(run: Run, asked: list[httpx.Request], what: str, is_fraud: bool) -> None:
    code, output = run("label", f"{ID}-17", what, "--at", "2026-11-30T09:30:00Z")
    assert code == 0
    assert what in output
    assert asked[0].url.path.endswith(f"/predictions/{ID}-17/label")
    labelled_at = "2026-11-30T09:30:00+00:00"
    assert json.loads(asked[0].content) == {"is_fraud": is_fraud, "labelled_at": labelled_at}
    run("label", ID, what)
    assert json.loads(asked[1].content) == {"is_fraud": is_fraud}


@pytest.mark.parametrize(
    ("since", "ago"),
    [("30m", timedelta(minutes=30)), ("1h", timedelta(hours=1)), ("7d", timedelta(days=7))],
)
def test_since_is_so_long_ago(since: str, ago: timedelta) -> None:
    assert begin_of(since, NOW) == NOW - ago


def test_since_may_be_a_time() -> None:
    assert begin_of("2026-11-22T19:00:00Z", NOW) == NOW - timedelta(hours=1)


@pytest.mark.parametrize("since", ["", "1", "h", "-1h", "1w", "yesterday", "2026-11-22", "1h "])
def test_what_is_neither_is_refused(since: str) -> None:
    with pytest.raises(WrongUsage, match=r"^--since "):
        begin_of(since, NOW)
