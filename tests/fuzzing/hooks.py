"""What Schemathesis cannot know of this API: links that may be sent, and refusals that are right.

Loaded by `schemathesis.toml`. No training or scoring that is accepted reads anything but
`FUZZING_LINK`, which leads to a server of our own that has no dataset: it ends at once.
"""

from __future__ import annotations

import os
import re
from typing import Any, NamedTuple

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.generation.meta import CoverageScenario
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from fraud.domain.errors import InvalidValue
from fraud.domain.links import parse_link

LINK = os.environ["FUZZING_LINK"]
TRAIN = "POST /api/v1/training"
SCORE = "POST /api/v1/scoring"
BATCH = "POST /api/v1/model/predict/batch"
ERROR_PARTS = {"code", "message", "field", "fields", "request_id"}
TRACES = ("Traceback", "site-packages", "botocore", "pydantic", "aws_lambda_powertools")

schemathesis.openapi.format("uri", st.sampled_from([LINK, f"{LINK}?rows=1", f"{LINK}?rows=2"]))


class Refusal(NamedTuple):
    """A refusal of a request that the description allows, and why it cannot forbid it."""

    operations: str
    code: str
    words: str
    why: str


REFUSALS = (
    Refusal("GET .*", "bad_request", "the page token", "a page token is one that a page gave"),
    Refusal("POST .*", "idempotency_key_reused", "", "it was used with another body"),
    Refusal("POST .*", "invalid_value", "should be a valid integer", "JSON Schema calls 1.0 one"),
    Refusal("GET .*/predictions", "invalid_value", "should be before `to`", "two parameters"),
    Refusal(".*/replay", "invalid_value", "should be (before `to`|at most .* days)", "of the log"),
    Refusal(".*/predictions/.*", "invalid_value", "is not a prediction id", "tells a typo"),
    Refusal(".*/label", "invalid_value", "lies (before|in the future)", "a time that can be"),
    Refusal(".*/predict(/batch)?", "invalid_value", "is missing", "the enabled model says which"),
    Refusal(SCORE, "invalid_value", "this stack allows at most", "its parameters say how much"),
    Refusal(TRAIN, "invalid_value", "(is needed by|is not for) the policy", "its name says which"),
)


class Mistake(Failure):
    """An answer that one of our own checks finds wrong."""

    __slots__ = ()

    def __init__(self, case: schemathesis.Case, title: str, message: str) -> None:
        super().__init__(operation=case.operation.label, title=title, message=message)


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case, __: dict[str, Any]) -> None:
    """Turn every link that would be fetched into our own."""
    if case.operation.label in {TRAIN, SCORE} and isinstance(case.body, dict):
        link = case.body.get("dataset")
        if isinstance(link, str) and not link.startswith(LINK) and _is_fetched(link):
            case.body["dataset"] = LINK


def _error_of(response: schemathesis.Response) -> dict[str, Any]:
    """The error of an answer, empty where it is in another form."""
    try:
        return dict(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return {}


def _is_fetched(link: str) -> bool:
    try:
        parse_link(link, allow_loopback=True)
    except InvalidValue:
        return False
    return True


@schemathesis.check
def described_requests_are_accepted(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A request that the description allows is not refused, but for a reason of `REFUSALS`."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        if not _is_explained(case.operation.label, _error_of(response)):
            raise


def _is_explained(operation: str, error: dict[str, Any]) -> bool:
    said = [field["message"] for field in error.get("fields") or [error]]
    reasons = [
        refusal.words
        for refusal in REFUSALS
        if re.fullmatch(refusal.operations, operation) and refusal.code == error.get("code")
    ]
    return all(any(re.search(words, message) for words in reasons) for message in said)


@schemathesis.check
def undescribed_requests_are_refused(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A request that the description forbids is refused, or its bad rows are, where it asks so."""
    try:
        negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        if not _skipped_rows(case, response):
            raise


def _skipped_rows(case: schemathesis.Case, response: schemathesis.Response) -> bool:
    body = case.body if isinstance(case.body, dict) else {}
    if case.operation.label != BATCH or body.get("on_error") != "skip":
        return False
    return any("error" in result for result in response.json().get("results", []))


@schemathesis.check
def undeclared_methods_are_not_found(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A method that the path does not have is answered 404, in the error form."""
    scenario = getattr(case.meta and case.meta.phase.data, "scenario", None)
    if scenario is not CoverageScenario.UNSPECIFIED_HTTP_METHOD:
        return
    is_head = response.request.method == "HEAD"
    if response.status_code != 404 or not (is_head or _error_of(response)):
        raise Mistake(case, "Undeclared method", f"answered {response.status_code}, not 404")


@schemathesis.check
def errors_have_the_one_form_and_tell_nothing(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Every error is in the error form, with nothing beside it, and shows no traces."""
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    error = _error_of(response)
    if not {"code", "message", "request_id"} <= error.keys() <= ERROR_PARTS:
        raise Mistake(case, "Error form", f"holds {sorted(error)}")
    shown = [trace for trace in TRACES if trace in response.text]
    if shown:
        raise Mistake(case, "Traces in an error", ", ".join(shown))
