"""Reasons and shares: what a change has to say for itself."""

import pytest
from pydantic import ValidationError

from fraud.http.change_answers import ChallengeRequest, ChangeRequest


@pytest.mark.parametrize(
    "reason", ["x", "x" * 500, "Präzision fiel um 3 %", "\u200cمی\u200cشود", "🙂 👩\u200d💻"]
)
def test_a_reason_is_any_text_of_a_person(reason: str) -> None:
    assert ChangeRequest(reason=reason).reason == reason


@pytest.mark.parametrize(
    "reason",
    ["", "   ", "x" * 501, "a\nb", "a\tb", "a\x00b", "a\x1b[31m", "a\x85b", "a\u2028b", "a\u202eb",
        "a\ud800b", None, 7, ["a"]],
)  # fmt: skip
def test_a_reason_that_says_nothing_or_could_disguise_itself_is_refused(reason: object) -> None:
    with pytest.raises(ValidationError):
        ChangeRequest.model_validate({"reason": reason})


@pytest.mark.parametrize("share", [1e-6, 0.1, 1, 1.0])
def test_a_share_lies_between_one_in_a_million_and_all(share: float) -> None:
    assert ChallengeRequest(share=share, reason="r").share == share


@pytest.mark.parametrize(
    "share", [0, 5e-324, 9e-7, -0.1, 1.0001, float("nan"), float("inf"), "0.1", True, None]
)
def test_any_other_share_is_refused(share: object) -> None:
    with pytest.raises(ValidationError):
        ChallengeRequest.model_validate({"share": share, "reason": "r"})


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError):
        ChangeRequest.model_validate({"reason": "r", "state": "champion"})
