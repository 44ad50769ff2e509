"""What must hold of a request before any route looks at it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from fraud.domain.errors import (
    BadRequest,
    InvalidField,
    InvalidValue,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from fraud.http.strict_json import parse_json

MAX_BODY_CHARS = 1024 * 1024
"""A thousand transactions of a kilobyte each; far below what API Gateway and Lambda let through."""
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_USUAL_MEDIA_TYPES = frozenset(
    f"application/json{charset}" for charset in ("", "; charset=utf-8", ";charset=utf-8")
)
"""Known to be fine without the 20 us that reading a media type takes."""


def read_body(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its body as text, checked to be JSON by its Content-Type.

    Raises
    ------
    UnsupportedMediaType
        When the Content-Type is missing, another one, or names another charset than UTF-8; or when
        the body is compressed.
    PayloadTooLarge
        When it is longer than `MAX_BODY_CHARS`.
    BadRequest
        When there is no body, or it is not base64 or UTF-8 though it should be.
    InvalidValue
        When it is JSON, but not an object.
    """
    if event.get("httpMethod") not in METHODS_WITH_BODY:
        return event
    _check_media_type(event)
    _check_coding(event)
    body = event.get("body") or ""
    if len(body) > MAX_BODY_CHARS:
        raise PayloadTooLarge(
            f"{len(body):,} characters; send at most {MAX_BODY_CHARS:,} at a time"
        )
    if event.get("isBase64Encoded"):
        body = _decode(body)
    if not body.strip():
        raise BadRequest("the body is empty; send a JSON object")
    _check_object(body)
    return {**event, "headers": _as_json(event), "body": body, "isBase64Encoded": False}


def _check_media_type(event: dict[str, Any]) -> None:
    headers = {k.lower(): v for k, v in (event.get("headers") or {}).items()}
    content_type = headers.get("content-type") or "none/none"
    if content_type in _USUAL_MEDIA_TYPES:
        return
    from email.message import Message  # noqa: PLC0415 - 7 ms that few requests need

    message = Message()
    message["Content-Type"] = content_type
    charset = message.get_content_charset() or "utf-8"
    if message.get_content_type() != "application/json" or charset not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("send JSON in UTF-8, with Content-Type: application/json")


def _check_coding(event: dict[str, Any]) -> None:
    """API Gateway decompresses only where an API says so, and this one does not."""
    for name, value in event["headers"].items():
        if name.lower() == "content-encoding" and value.strip().lower() not in {"", "identity"}:
            raise UnsupportedMediaType("send the body as it is, without a Content-Encoding")


def _as_json(event: dict[str, Any]) -> dict[str, Any]:
    """The headers with the media type as Powertools knows it, which compares case."""
    return {
        name: "application/json" if name.lower() == "content-type" else value
        for name, value in event["headers"].items()
    }


def _decode(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise BadRequest("the body is not UTF-8 text") from None


def _check_object(body: str) -> None:
    """Powertools would take an array's first element for the whole, and drop the others."""
    if body.lstrip().startswith("{"):
        return
    parse_json(body)
    complaint = "should be a JSON object"
    raise InvalidValue(f"the body {complaint}", [InvalidField("body", complaint)])
