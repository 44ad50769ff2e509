"""The answers that are errors: described once each, with what they look like."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fraud.http.idempotency import HEADER
from fraud_cli.api_description.particular_errors import PARTICULAR

ERROR_SCHEMA = {"$ref": "#/components/schemas/ErrorBody"}
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
EVERYWHERE = {
    429: "Too many requests; Retry-After says when to come back.",
    500: "A fault of ours; the request id finds it in the log.",
    504: "No answer in time. The request may still take effect: look before sending it again.",
}
"""What API Gateway, or a fault of ours, can answer on any route."""
WITH_RETRY_AFTER = frozenset({409, 429, 503})
RETRY_AFTER = {
    "description": "Seconds to wait. With 409 only where the code is `in_flight`; with 503 not "
    "where it is `artifact_rejected`, which waiting does not mend.",
    "schema": {"type": "integer", "minimum": 0},
    "example": 2,
}
# By status: code and message as the service words them.
CODES: dict[int, list[tuple[str, str]]] = {
    400: [("bad_request", "the body is not JSON: Expecting value at character 0")],
    401: [("unauthenticated", "send an API key as the X-Api-Key header")],
    403: [
        (
            "forbidden",
            "This API key does not allow this request. Use a key with the scope that the route "
            "needs.",
        )
    ],
    404: [("not_found", "there is no training 99")],
    409: [("conflict", "fraud-000002-2b1a6f3d is the champion already")],
    413: [("payload_too_large", "1,204,331 characters; send at most 1,048,576 at a time")],
    415: [("unsupported_media_type", "send JSON in UTF-8, with Content-Type: application/json")],
    422: [("invalid_value", "amount: should be greater than or equal to 0")],
    429: [
        (
            "throttled",
            "Too many requests at once. Wait for the time in Retry-After, then send it again.",
        )
    ],
    500: [
        ("internal", "something went wrong on our side; the request id finds it in the log"),
    ],
    503: [
        ("unavailable", "the prediction log does not answer; try again"),
        ("no_model", "no model is enabled yet; train one first"),
    ],
    504: [
        (
            "unavailable",
            "There was no answer in time. The request may still take effect: look before you send "
            "it again.",
        )
    ],
}
CODES_WITH_KEY: dict[int, list[tuple[str, str]]] = {
    409: [
        ("in_flight", f"the first request with this {HEADER} is not answered yet"),
        ("answer_not_kept", "it was carried out, but its answer was too large to keep"),
    ],
    422: [("idempotency_key_reused", f"this {HEADER} was used with another body")],
}
FIELDS_OF_422 = {
    "field": "amount",
    "fields": [{"field": "amount", "message": "should be greater than or equal to 0"}],
}


def share_errors(operation: dict[str, Any], shared: dict[str, Any]) -> None:
    """Move an operation's error answers to the shared ones, and refer to them.

    Parameters
    ----------
    operation
        Its `responses` become references where they are errors, in the order of their status.
    shared
        `components.responses`, added to.
    """
    answers = operation["responses"]
    for status, words in EVERYWHERE.items():
        answers.setdefault(str(status), {"description": words})
    for status in [status for status in answers if int(status) >= HTTPStatus.BAD_REQUEST]:
        words = answers[status]["description"]
        with_key = HEADER in words
        name = HTTPStatus(int(status)).phrase.title().replace(" ", "").replace("-", "")
        codes = CODES[int(status)]
        if particular := PARTICULAR.get((operation["operationId"], int(status))):
            name += particular.name
            words = particular.instead_of(words)
            codes = particular.codes
        if with_key:
            name += "OrKey"
            codes = codes + CODES_WITH_KEY.get(int(status), [])
        described = _described(int(status), words, codes)
        if shared.setdefault(name, described) != described:
            raise ValueError(f"{operation['operationId']}: {status} is described in two ways")
        answers[status] = {"$ref": f"#/components/responses/{name}"}
    operation["responses"] = dict(sorted(answers.items()))


def _described(status: int, words: str, codes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": words,
        "content": {
            "application/json": {
                "schema": ERROR_SCHEMA,
                "examples": _examples(codes),
            }
        },
    }
    if status in WITH_RETRY_AFTER:
        answer["headers"] = {"Retry-After": RETRY_AFTER}
    return answer


def _examples(codes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """An example for each, named after its code; the second of a code is numbered."""
    examples: dict[str, Any] = {}
    for code, message in codes:
        name = f"{code}_2" if code in examples else code
        examples[name] = {"value": _body(code, message)}
    return examples


def _body(code: str, message: str) -> dict[str, Any]:
    fields = FIELDS_OF_422 if code == "invalid_value" else {}
    return {"error": {"code": code, "message": message, **fields, "request_id": REQUEST_ID}}
