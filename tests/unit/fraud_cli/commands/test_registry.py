"""The registry from the terminal: what is sent, and what a person gets to read."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from fraud_cli.client import ApiClient, ApiError
from fraud_cli.commands import registry
from fraud_cli.connection import Connection
from fraud_cli.main import app

MODEL = {
    "name": "fraud-000002-ee6ed9c0",
    "state": "champion",
    "created_at": "2026-05-03T12:34:56.789Z",
    "threshold": 0.5,
    "metrics": {"f1": 0.8912, "auprc": 0.9134},
    "decision": {"decided_by": "alice"},
}
CHANGE = {
    "changes": [
        {"model": "b", "from_state": "candidate", "to_state": "champion"},
        {"model": "a", "from_state": "champion", "to_state": "archived"},
    ],
    "challenger": None,
    "share": None,
}
POLICY = {"name": "best_f1", "threshold": 0.5, "review": 0.2}
DATASET = {"rows": 20_000, "frauds": 200, "split": "random"}
COMPARISON = {
    "model": "b",
    "other": "a",
    "summary": ["Both take the same inputs."],
    "metrics": [
        {"metric": "f1", "model": 0.9, "other": 0.8, "difference": 0.1, "better": "model"},
        {"metric": "prevalence", "model": 0.01, "other": 0.01, "difference": 0.0},
    ],
    "policies": {"model": POLICY, "other": POLICY},
    "features": {"model_feature_set": "basic 1", "other_feature_set": "transaction 1"},
    "datasets": {"model": DATASET, "other": DATASET},
    "candidates": {
        "model": [{"name": "x", "algorithm": "boosting", "won": True}],
        "other": [],
    },
}

type Run = Callable[..., str]


@pytest.fixture
def sent() -> list[httpx.Request]:
    return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, sent: list[httpx.Request]) -> Run:
    """Runs a command against an API that gives one answer."""

    def command(answer: dict[str, Any], *args: str, status: int = 200) -> str:
        def respond(request: httpx.Request) -> httpx.Response:
            sent.append(request)
            return httpx.Response(status, json=answer)

        connection = Connection("http://127.0.0.1:9/api/v1", "key")
        monkeypatch.setattr(
            registry, "connect", lambda: ApiClient(connection, httpx.MockTransport(respond))
        )
        monkeypatch.setenv("COLUMNS", "80")
        done = CliRunner().invoke(app, args)
        if done.exception:
            raise done.exception
        return done.output

    return command


def test_models_are_a_table(run: Run, sent: list[httpx.Request]) -> None:
    shown = run({"models": [MODEL], "next": "token"}, "models", "--limit", "1")
    assert sent[0].url.path.endswith("/models")
    assert sent[0].url.params["limit"] == "1"
    header, row, more = shown.splitlines()
    assert header.split() == [
        "name", "state", "created", "f1", "auprc", "threshold", "trained", "by",
    ]  # fmt: skip
    assert row.split() == [
        "fraud-000002-ee6ed9c0", "champion", "2026-05-03", "0.8912", "0.9134", "0.5000",
        "alice",
    ]  # fmt: skip
    assert "--limit" in more


def test_a_model_without_a_decision_and_no_models_at_all(run: Run) -> None:
    assert (
        run({"models": [{**MODEL, "decision": None}], "next": None}, "models").rstrip()[-1] == "-"
    )
    assert "fraud train" in run({"models": [], "next": None}, "models")


@pytest.mark.parametrize(
    ("args", "path", "body"),
    [
        (("promote", "b"), "/models/b/promote", {}),
        (("rollback",), "/models/rollback", {}),
        (("challenge", "b", "--share", "0.25"), "/models/b/challenge", {"share": 0.25}),
        (("withdraw", "b"), "/models/b/withdraw", {}),
        (("archive", "b/../c"), "/models/b%2F..%2Fc/archive", {}),
    ],
)
def test_a_change_sends_its_reason_and_says_what_moved(
    run: Run, sent: list[httpx.Request], args: tuple[str, ...], path: str, body: dict[str, Any]
) -> None:
    shown = run(CHANGE, *args, "--reason", "it is better")
    assert sent[0].method == "POST"
    assert sent[0].url.raw_path.decode() == f"/api/v1{path}"
    assert json.loads(sent[0].content) == {**body, "reason": "it is better"}
    assert shown.splitlines() == [
        "b is champion now, it was candidate.",
        "a is archived now, it was champion.",
    ]


def test_a_challenge_says_on_how_much_it_is_tried(run: Run) -> None:
    move = {"model": "b", "from_state": "challenger", "to_state": "challenger"}
    answer = {"changes": [move], "challenger": "b", "share": 0.25}
    shown = run(answer, "challenge", "b", "--share", "0.25", "--reason", "more of it")
    assert shown.splitlines() == ["b stays challenger.", "b is tried on 25.0% of requests."]


def test_two_models_are_shown_in_columns_and_in_words(run: Run, sent: list[httpx.Request]) -> None:
    lines = run(COMPARISON, "compare", "b", "a").splitlines()
    assert sent[0].url.path.endswith("/models/b/compare/a")
    cells = [line.split() for line in lines]
    assert ["f1", "0.9000", "0.8000", "+0.1000"] in cells
    assert ["rows", "20,000", "20,000"] in cells
    assert ["inputs", "basic", "1", "transaction", "1"] in cells
    assert ["algorithm", "boosting", "-"] in cells
    assert lines[-1] == "Both take the same inputs."


def test_json_is_the_answer_itself(run: Run) -> None:
    assert json.loads(run(CHANGE, "promote", "b", "--reason", "r", "--json")) == CHANGE
    assert json.loads(run(COMPARISON, "compare", "b", "a", "--json")) == COMPARISON


def test_a_refusal_is_the_apis_own_sentence(run: Run) -> None:
    error = {"code": "conflict", "message": "b is champion already", "request_id": "r1"}
    with pytest.raises(ApiError, match="b is champion already"):
        run({"error": error}, "promote", "b", "--reason", "r", status=409)


def test_a_change_needs_a_reason(run: Run) -> None:
    with pytest.raises(SystemExit):
        run(CHANGE, "promote", "b")
