"""Where the next page of a listing starts, as callers carry it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from fraud.domain.errors import BadRequest

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"
"""A time as our items hold it."""

type TokenForm = Mapping[str, tuple[str, str]]
"""Attribute of a key -> DynamoDB's type, and the pattern that its whole value has."""


def encode_token(key: Mapping[str, Any]) -> str:
    """A table's own key as a token."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode_token(token: str, form: TokenForm) -> dict[str, Any]:
    """The key in a token, checked to the last character: DynamoDB refuses what is no key.

    Parameters
    ----------
    form
        Of the keys that the listing's tokens hold.

    Raises
    ------
    BadRequest
        When it is not a token of such keys.
    """
    try:
        key = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        key = None
    if (
        not isinstance(key, dict)
        or key.keys() != form.keys()
        or not all(_fits(key[name], *wanted) for name, wanted in form.items())
    ):
        raise BadRequest("the page token is not one of ours; start again without it")
    return key


def _fits(attribute: Any, kind: str, pattern: str) -> bool:
    return (
        isinstance(attribute, dict)
        and attribute.keys() == {kind}
        and isinstance(attribute[kind], str)
        and re.fullmatch(pattern, attribute[kind], re.ASCII) is not None
    )
