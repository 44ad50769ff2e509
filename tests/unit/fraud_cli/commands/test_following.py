"""Whoever waits for a job hears how it ended, or how to go on waiting."""

from typing import Any

import pytest

from fraud_cli import polling
from fraud_cli.answers import ApiError
from fraud_cli.commands.following import follow
from fraud_cli.errors import CliError, NoAnswer

DONE = {"status": "processed", "stage": "done [/x]", "progress": 1.0}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = iter(range(0, 10_000, 20))
    monkeypatch.setattr(polling, "sleep", lambda _: None)
    monkeypatch.setattr(polling, "monotonic", lambda: next(passed))


def test_a_lost_answer_does_not_end_the_wait() -> None:
    given: list[Any] = [ApiError(503, "unavailable", "later", "r-1"), NoAnswer("silent"), DONE]

    def look(_: int) -> dict[str, Any]:
        answer = given.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    assert follow("training", 7, look) == DONE


@pytest.mark.parametrize(
    ("kind", "job_id"), [("training", 7), ("replay", 3), ("scoring", "sc_01M8FXVKWHRQVRW60KV7G")]
)
@pytest.mark.parametrize("hint", ["is the stack running?", None])
def test_the_end_of_patience_says_how_to_go_on(kind: str, job_id: Any, hint: str | None) -> None:
    def look(_: Any) -> dict[str, Any]:
        raise NoAnswer("silent", hint)

    with pytest.raises(CliError, match=r"^silent$") as ended:
        follow(kind, job_id, look)
    assert (ended.value.hint or "").startswith(hint or "see later")
    assert (ended.value.hint or "").endswith(f"fraud {kind}s {job_id}")
