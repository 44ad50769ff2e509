"""What must hold of a request before any route looks at it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from fraud.domain.errors import BadRequest, UnsupportedMediaType

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
        When the Content-Type is missing, another one, or names another charset than UTF-8.
    BadRequest
        When there is no body, or it is not base64 or UTF-8 though it should be.
    """
    if event.get("httpMethod") not in METHODS_WITH_BODY:
        return event
    _check_media_type(event)
    body = event.get("body")
    if event.get("isBase64Encoded"):
        body = _decode(body or "")
    if not body or not body.strip():
        raise BadRequest("the body is empty; send a JSON object")
    return {**event, "body": body, "isBase64Encoded": False}


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


def _decode(body: str) -> str:
    try:
        return base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise BadRequest("the body is not UTF-8 text") from None
