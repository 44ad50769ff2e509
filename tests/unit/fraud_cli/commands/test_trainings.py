"""Trainings from the terminal: what is asked for, followed, and read by a person."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx
import pytest

from fraud.domain.trainings import Training, TrainingRequest
from fraud.http.training_answers import TrainingAnswer
from fraud_cli.commands import trainings
from fraud_cli.errors import CliError

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LINK = "https://example.com/[/x].csv"
QUOTING = {"code": "bad_rows", "level": "warning", "message": "'[/x]' and '[red]' are no numbers"}
MADE = {
    "model": "fraud-000007-2b1a6f3d",
    "metrics": dict.fromkeys(("f1", "precision", "recall", "auprc", "auc", "time"), 0.875),
    "decision": {"promote": True, "reasons": ["it is the first [model]"]},
    "findings": [QUOTING],
}

type Run = Callable[..., str]


def answer(status: str, **fields: Any) -> dict[str, Any]:
    """What the API answers, rendered by the API's own code."""
    training = Training.model_validate(
        {
            "id": 7,
            "status": status,
            "request": TrainingRequest(dataset=LINK),
            "client": "alice",
            "created_at": NOW,
            "updated_at": NOW,
            **fields,
        }
    )
    return TrainingAnswer.of(training).model_dump(mode="json")


@pytest.fixture
def run(answered: Run) -> Run:
    return partial(answered, trainings)


def test_a_training_is_followed_to_its_model(run: Run, sent: list[httpx.Request]) -> None:
    steps = [answer("pending"), answer("processing", progress=0.5), answer("processed", **MADE)]
    shown = run([{"id": 7}, *steps], "train", LINK, "--wait")
    asked = json.loads(sent[0].content)
    assert asked == {"dataset": LINK, "seed": 1, "split": "random", "promote": "auto"}
    assert [request.url.path[-11:] for request in sent[1:]] == ["/training/7"] * 3
    assert "warning: '[/x]' and '[red]' are no numbers" in shown
    assert "Model fraud-000007-2b1a6f3d" in shown
    assert "it is the first [model]" in shown


def test_without_waiting_the_id_says_how_to_go_on(run: Run) -> None:
    assert "fraud trainings 7" in run([{"id": 7}], "train", LINK)
    assert "is processing" in run([answer("processing", progress=0.5)], "trainings", "7")


def test_one_is_shown_with_what_came_of_it(run: Run) -> None:
    processed = answer("processed", **MADE)
    assert "Model fraud-000007-2b1a6f3d" in run([processed], "trainings", "7")
    assert json.loads(run([processed], "trainings", "7", "--json")) == processed


def test_an_error_is_its_own_sentence_and_an_exit_code(run: Run) -> None:
    error = {"code": "no_frauds", "message": "there are no frauds in [red]"}
    failed = answer("error", error=error, findings=[QUOTING])
    for command in (["trainings", "7"], ["train", LINK, "--wait"]):
        answers = [failed] if command[0] == "trainings" else [{"id": 7}, failed]
        with pytest.raises(CliError, match=r"training 7: there are no frauds in \[red\]"):
            run(answers, *command)
        shown = run(answers, *command, "--json", code=1)
        assert json.loads(shown.splitlines()[-1]) == failed


def test_trainings_are_a_table(run: Run, sent: list[httpx.Request]) -> None:
    page = {"trainings": [answer("processing", progress=0.25), answer("processed", **MADE)]}
    header, going, made = run([page], "trainings", "--limit", "2").splitlines()
    assert sent[0].url.params["limit"] == "2"
    assert header.split() == ["id", "status", "progress", "dataset", "model", "created"]
    assert going.split() == ["7", "processing", "25%", LINK, "-", "2026-11-22T20:00"]
    assert made.split()[-2:] == ["fraud-000007-2b1a6f3d", "2026-11-22T20:00"]
    assert "fraud train LINK" in run([{"trainings": []}], "trainings")
    assert json.loads(run([page], "trainings", "--json")) == page


def test_the_help_tells_which_inputs_are_taken(run: Run) -> None:
    words = "by default the enabled model's; else what the file has columns for"
    assert words in " ".join(run([], "train", "--help").replace("│", " ").split())
    fit = " ".join(run([], "fit", "--help").replace("│", " ").split())
    assert words not in fit
    assert "by default what the file has columns for" in fit
