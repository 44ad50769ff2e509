"""The error answers in which an operation differs from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.domain.quotas import used_up


@dataclass(frozen=True)
class ParticularAnswer:
    """What some operations answer by a status where others answer something else.

    Attributes
    ----------
    name : str
        Set behind the status's own in the name of the shared answer.
    words : str
        When it comes.
    codes : list of (str, str)
        Every code with a message as the service words it.
    """

    name: str
    words: str
    codes: list[tuple[str, str]]

    def instead_of(self, words: str) -> str:
        """These words for those of all operations; what an Idempotency-Key adds is kept."""
        _, or_, of_the_key = words.partition(" Or: ")
        return f"{self.words}{or_}{of_the_key}"


_LOG_DOWN = ("unavailable", "the prediction log does not answer; try again")
_PAGE_TOKEN = ParticularAnswer(
    "PageToken",
    "The page token is none of this list's; start again without it.",
    [("bad_request", "the page token is not one of ours; start again without it")],
)
_QUOTA = ParticularAnswer(
    "OrQuota",
    "Too many requests, or the client's trainings of this day, in UTC, are used up. Retry-After "
    "says when to come back; for the quota that is at 00:00 UTC.",
    [
        (
            "throttled",
            "Too many requests at once. Wait for the time in Retry-After, then send it again.",
        ),
        ("throttled", used_up(50, datetime(2026, 1, 5, 14, 30, tzinfo=UTC)).message),
    ],
)
_NOT_LOADED = ParticularAnswer(
    "OrNotLoaded",
    "No model is enabled (`no_model`), the enabled one cannot be loaded (`model_unavailable`), or "
    "something this depends on is down; Retry-After says when to come back.",
    [
        _LOG_DOWN,
        ("no_model", "no model is enabled yet; train one first"),
        ("model_unavailable", "the enabled model cannot be loaded; try again in a moment"),
    ],
)
_FILES = ParticularAnswer(
    "OrFiles",
    "A file of the model is missing or altered (`artifact_rejected`; that does not pass by "
    "itself), or something this depends on is down; then Retry-After says when to come back.",
    [
        (
            "unavailable",
            "reading card.json of fraud-000002-2b1a6f3d failed (SlowDown); try again in a moment",
        ),
        ("artifact_rejected", "card.json of fraud-000002-2b1a6f3d is missing from the bucket"),
    ],
)
_NO_REPORT = ParticularAnswer(
    "OrNoReport",
    "There is no such model, or it has no report (`no_report`).",
    [
        ("not_found", "there is no model fraud-000099-2b1a6f3d"),
        ("no_report", "fraud-000002-2b1a6f3d has no report: a quick training writes none"),
    ],
)
_NOT_SERVABLE = ParticularAnswer(
    "OrNotServable",
    "The model's state does not allow this, another change came first, or a file that it is served "
    "from is missing or altered (`artifact_rejected`).",
    [
        ("conflict", "fraud-000002-2b1a6f3d is the champion already"),
        (
            "artifact_rejected",
            "fraud-000002-2b1a6f3d cannot be served: model.onnx of fraud-000002-2b1a6f3d is "
            "missing from the bucket",
        ),
    ],
)
_LISTS = (
    "listModels",
    "listParts",
    "listPredictions",
    "listReplays",
    "listScorings",
    "listTrainings",
)
_ANSWERS: list[tuple[int, ParticularAnswer, tuple[str, ...]]] = [
    (400, _PAGE_TOKEN, _LISTS),
    (404, _NO_REPORT, ("getModelReport",)),
    (409, _NOT_SERVABLE, ("promoteModel", "rollbackModel", "challengeModel")),
    (429, _QUOTA, ("postTraining",)),
    (503, _NOT_LOADED, ("postPrediction", "postPredictionBatch")),
    (503, _FILES, ("getModel", "getModelReport", "compareModels")),
]
PARTICULAR: Mapping[tuple[str, int], ParticularAnswer] = {
    (operation, status): answer
    for status, answer, operations in _ANSWERS
    for operation in operations
}
"""(operation id, status) -> what it answers."""
