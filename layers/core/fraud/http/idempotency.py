"""Idempotency-Key: a request that can be sent again without being carried out again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fraud.domain.errors import BadRequest
from fraud.http.caller import caller_of
from fraud.http.responses import ErrorBody

if TYPE_CHECKING:
    from fraud.adapters.answers_table import AnswersTable

type Answers = Callable[[], AnswersTable]

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
KEY_PATTERN = "[!-~]{1,255}"  # visible ASCII characters
# What a route answers because of the header.
ERRORS: Mapping[int, str] = {
    400: f"The {HEADER} is not 1 to 255 visible ASCII characters, or there are two.",
    409: f"The first request with this {HEADER} is not answered yet (`in_flight`; Retry-After says "
    "when to come back), or its answer was too large to keep (`answer_not_kept`).",
    422: f"The {HEADER} was used with another body (`idempotency_key_reused`).",
    503: f"The {HEADER} could not be noted, so that nothing was carried out.",
}
_NAME = HEADER.lower()
_KEY = re.compile(KEY_PATTERN)
# A path's parameters in Powertools' form, as API Gateway writes them.
_AS_RESOURCE = str.maketrans("<>", "{}")


class IdempotentRoutes:
    """The routes of a function that take an Idempotency-Key."""

    def __init__(self, answers: Answers | None) -> None:
        self._answers = answers
        self._routes: dict[tuple[str, str], Answers] = {}

    def __contains__(self, route: tuple[str, str]) -> bool:
        """Whether a route, as `("POST", "/api/v1/models/{name}")`, is one of them."""
        return route in self._routes

    def add(self, method: str, rule: str) -> None:
        """Let a route take the header."""
        if self._answers is None:
            raise ValueError(f"{method} {rule} takes an {HEADER}; give the Api `answers`")
        self._routes[method, rule.translate(_AS_RESOURCE)] = self._answers

    def answer(
        self, event: Mapping[str, Any], context: Any, run: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Answer by `run`, or, when its request was answered before, with that answer, marked.

        Raises
        ------
        BadRequest
            When the key has the wrong form.
        FraudError
            As `AnswersTable.once` does.
        """
        answers = self._routes.get((event.get("httpMethod", ""), event.get("resource", "")))
        key = key_of(event) if answers else None
        if answers is None or key is None:
            return run()
        client, path = caller_of(event).client, event["path"].rstrip("/")  # both forms match
        same = (key, client, event["httpMethod"], path)
        answer, replayed = answers().once(same, event["body"], context, run)
        return _marked(answer) if replayed else answer


def key_of(event: Mapping[str, Any]) -> str | None:
    """The key that a request carries, None without the header.

    Raises
    ------
    BadRequest
        When it is not 1 to 255 visible ASCII characters, or there are two different ones.
    """
    sent = set(_values(event))
    if not sent:
        return None
    if len(sent) > 1:
        raise BadRequest(f"send one {HEADER} header; there are {len(sent)} different ones")
    key = sent.pop()
    if not _KEY.fullmatch(key):
        raise BadRequest(
            f"the {HEADER} header must be 1 to 255 visible ASCII characters, without spaces; "
            f"this one has {len(key)} characters"
        )
    return key


def documented_with_key(documented: Mapping[int, Any]) -> dict[int, Any]:
    """Descriptions of a route's answers, with those that the header adds."""
    described = dict(documented)
    for status, words in ERRORS.items():
        before = described.get(status, {}).get("description")
        described[status] = {
            "description": f"{before} Or: {words}" if before else words,
            "content": {"application/json": {"model": ErrorBody}},
        }
    return described


def _values(event: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == _NAME:
            yield value
    for name, values in (event.get("multiValueHeaders") or {}).items():
        if name.lower() == _NAME:
            yield from values


def _marked(answer: dict[str, Any]) -> dict[str, Any]:
    if "multiValueHeaders" in answer:
        headers = {**answer["multiValueHeaders"], REPLAYED_HEADER: ["true"]}
        return {**answer, "multiValueHeaders": headers}
    return {**answer, "headers": {**answer.get("headers", {}), REPLAYED_HEADER: "true"}}
