"""Bulk scorings from the terminal: what is asked for, fetched, and read by a person."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from fraud.domain.score_counts import ScoreCounts
from fraud.domain.scorings import (
    CostEstimate,
    NotMerged,
    PinnedModel,
    Scoring,
    ScoringFailure,
    ScoringLimits,
    ScoringPlan,
    ScoringProgress,
    ScoringRequest,
    ScoringResult,
    ScoringStatus,
)
from fraud.http.scoring_answers import ScoringAnswer, ScoringList, ScoringSummary
from fraud_cli.commands import scored_files, scorings
from fraud_cli.errors import INTERRUPTED, CliError, WrongUsage

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ID = "sc_01M8FXVKWHRQVRW60KV7GAC1N3"
LINK = "s3://b/rows/"
COST = CostEstimate(
    lambda_usd=0.01, step_functions_usd=0, s3_usd=0, dynamodb_usd=0, total_usd=0.0123
)
PLAN = ScoringPlan(
    model=PinnedModel(name="first", version=1),
    files=1,
    shards=2,
    input_bytes=10,
    estimated_rows=10,
    estimated_cost=COST,
)
COUNTS = ScoreCounts(outcomes={"approve": 6, "block": 2}, refused={"ragged_rows": 2})
CANCELLED = {"id": ID, "status": "cancelled"}
PAGES: list[dict[str, Any]] = [
    {"parts": [{"name": "a", "link": "http://a", "refused": None}], "next": "more=="},
    {"parts": [{"name": "b", "link": "http://b", "refused": "http://r"}], "next": None},
]

type Run = Callable[..., str]


def scoring(status: str, **fields: Any) -> Scoring:
    limits = ScoringLimits(
        max_concurrency=1, tolerated_failure_percentage=0, max_rows=1000, max_cost_usd=1
    )
    return Scoring(
        id=ID,
        status=ScoringStatus(status),
        request=ScoringRequest(dataset=LINK),
        limits=limits,
        client="alice",
        created_at=NOW,
        updated_at=NOW,
        **fields,
    )


def answer(
    status: str, not_merged: NotMerged | None = None, failed_parts: int = 0, **fields: Any
) -> dict[str, Any]:
    """What the API answers, rendered by the API's own code."""
    merged = not_merged is None
    links: tuple[str | None, str | None] = (None, None)
    if status == "processed":
        result = ScoringResult(
            parts=2 - failed_parts,
            refused_parts=1,
            failed_parts=failed_parts,
            result_bytes=9,
            merged=merged,
            not_merged=not_merged,
        )
        fields |= {"plan": PLAN, "counts": COUNTS, "result": result}
        links = ("http://files/manifest", "http://files/merged" if merged else None)
    found = ScoringAnswer.found(scoring(status, **fields), ScoringProgress(), *links, 3600)
    return found.model_dump(mode="json")


@pytest.fixture
def run(answered: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in an empty directory; what it fetches holds its link."""

    def named(link: str, target: Path) -> None:
        target.write_text(link, encoding="utf-8")

    def command(answers: list[Any], *args: str, code: int = 0, by: Any = named) -> str:
        monkeypatch.setattr(scored_files, "fetch", by)
        monkeypatch.chdir(tmp_path)
        return answered(scorings, answers, *args, code=code)

    return command


def test_a_link_is_scored_followed_and_its_result_fetched(
    run: Run, sent: list[httpx.Request], tmp_path: Path
) -> None:
    going = answer("processing", plan=PLAN)
    shown = run([{"id": ID}, going, answer("processed"), *PAGES], "score", LINK, "--model", "first")
    assert json.loads(sent[0].content) == {"dataset": LINK, "reasons": False, "model": "first"}
    assert sent[0].headers["Idempotency-Key"]
    assert (tmp_path / "rows.scored.csv").read_text(encoding="utf-8") == "http://files/merged"
    assert (tmp_path / "rows.scored.refused.csv").read_text(encoding="utf-8") == "http://r"
    for words in ("10", "6 (75.00%)", "2 (25.00%)", "refused, ragged_rows", "0.012300 USD"):
        assert words in shown


def test_refused_rows_of_all_parts_come_below_one_header(run: Run, tmp_path: Path) -> None:
    def fetched(link: str, target: Path) -> None:
        target.write_text(f"reason,row\nragged_rows,{link}\n", encoding="utf-8")

    done = answer("processed")
    done["result"]["refused_parts"] = 2
    parts = [{"name": name, "link": "http://p", "refused": f"http://{name}"} for name in "abc"]
    parts.insert(1, {"name": "whole", "link": "http://p", "refused": None})
    run(
        [done, {"parts": parts, "next": "not asked for"}], "scorings", ID, "-o", "o.csv", by=fetched
    )
    text = (tmp_path / "o.refused.csv").read_text(encoding="utf-8")
    assert text == "reason,row\nragged_rows,http://a\nragged_rows,http://b\n"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too_large", "too large for one file"),
        ("headers_differ", "headers differ"),
        ("too_many_parts", "too many parts"),
        ("too_slow", "took too long"),
        ("not_asked", "not asked for"),
    ],
)
def test_a_result_that_is_not_one_file_leaves_its_manifest_and_says_why(
    run: Run, tmp_path: Path, reason: NotMerged, words: str
) -> None:
    done = answer("processed", reason)
    shown = run([{"id": ID}, done, *PAGES], "score", LINK, "-o", "o.csv")
    assert (tmp_path / "o.csv.manifest.json").read_text(encoding="utf-8") == "http://files/manifest"
    assert words in shown
    fetched = {file.name: file.read_text() for file in (tmp_path / "o.csv.parts").iterdir()}
    assert fetched == {"a.csv": "http://a", "b.csv": "http://b", "b.refused.csv": "http://r"}
    with pytest.raises(CliError, match="not empty"):  # parts of two scorings never mix
        run([done], "scorings", ID, "-o", "o.csv")


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_rows_that_are_missing_are_told_on_the_error_stream_and_by_the_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    errors = StringIO()
    monkeypatch.setattr(scorings, "err", Console(file=errors, width=200))
    lacking = answer("processed", "failed_ranges", failed_parts=1)
    shown = run([{"id": ID}, lacking, *PAGES], "score", LINK, "-o", "o.csv", *more, code=1)
    assert "1 of 2 ranges failed: their rows are missing" in errors.getvalue()
    assert "too large" not in shown


def test_nobody_has_to_wait(run: Run, sent: list[httpx.Request]) -> None:
    assert f"fraud scorings {ID}" in run([{"id": ID}], "score", LINK, "--no-wait")
    shown = run([answer("processing", plan=PLAN)], "scorings", ID)
    assert "is processing" in shown
    found = json.loads(run([answer("processed"), *PAGES], "scorings", ID, "-o", "o.csv", "--json"))
    assert (found["file"], found["refused_file"]) == ("o.csv", "o.refused.csv")


def test_an_error_is_told_in_its_own_words(run: Run) -> None:
    failed = answer("error", error=ScoringFailure(code="too_many_rows", message="These are 9."))
    with pytest.raises(CliError, match=r"These are 9\."):
        run([{"id": ID}, failed], "score", LINK)
    shown = run([{"id": ID}, failed], "score", LINK, "--json", code=1)
    assert json.loads(shown.splitlines()[-1])["error"]


def test_an_interrupted_wait_calls_the_scoring_off(run: Run, sent: list[httpx.Request]) -> None:
    shown = run([{"id": ID}, KeyboardInterrupt(), CANCELLED], "score", LINK, code=INTERRUPTED)
    assert sent[-1].url.path.endswith(f"/scoring/{ID}/cancel")
    assert f"{ID} is cancelled" in shown
    assert "Ctrl-C" in run([], "score", "--help")


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(
            409,
            json={"error": {"code": "conflict", "message": "has ended", "request_id": "r-1"}},
        ),
        httpx.ConnectError("has ended: refused"),
    ],
    ids=["conflict", "no answer"],
)
def test_a_cancel_that_fails_is_told_and_is_still_an_interruption(run: Run, refusal: Any) -> None:
    shown = run([{"id": ID}, KeyboardInterrupt(), refusal], "score", LINK, code=INTERRUPTED)
    assert f"{ID} is not cancelled" in shown
    assert "has ended" in shown
    assert f"fraud scorings {ID}" in shown


def test_a_scoring_that_was_cancelled_is_a_failure(run: Run, tmp_path: Path) -> None:
    cancelled = answer("cancelled")
    for first, *args in (([{"id": ID}], "score", LINK), ([], "scorings", ID, "-o", "o.csv")):
        with pytest.raises(CliError, match=f"{ID} was cancelled"):
            run([*first, cancelled], *args)
        shown = run([*first, cancelled], *args, "--json", code=1)
        assert json.loads(shown.splitlines()[-1])["status"] == "cancelled"
    assert list(tmp_path.iterdir()) == []


def test_scorings_are_listed_and_called_off(run: Run, sent: list[httpx.Request]) -> None:
    listed = ScoringList(scorings=[ScoringSummary.of(scoring("processing"))], next=None)
    assert LINK in run([listed.model_dump(mode="json")], "scorings")
    assert "no scorings yet" in run([{"scorings": [], "next": None}], "scorings")
    assert f"Scoring {ID} is cancelled." in run([CANCELLED], "scorings", ID, "--cancel")
    assert sent[-1].method == "POST"
    assert json.loads(run([CANCELLED], "scorings", ID, "--cancel", "--json")) == CANCELLED


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["score", "nothing.csv"], "neither a file nor a link"),
        (["score", "nothing", "--local", "--model", "m"], "is no file"),
        (["score", ".", "-o", "."], "is a directory"),
    ],
)
def test_wrong_input_says_what_to_do(run: Run, args: list[str], words: str) -> None:
    with pytest.raises(CliError, match=words):
        run([], *args)


def test_a_local_scoring_without_a_model_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("amount\n1\n")
    with pytest.raises(WrongUsage, match="--model DIR"):
        run([], "score", "rows.csv", "--local")
