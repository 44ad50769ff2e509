"""Where the next page of a listing starts, as callers carry it."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

from fraud.domain.errors import BadRequest


def encode_token(key: Mapping[str, Any]) -> str:
    """A table's own key as a token."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode_token(token: str, names: Collection[str]) -> dict[str, Any]:
    """The key in a token.

    Parameters
    ----------
    names
        The attributes that the key must have.

    Raises
    ------
    BadRequest
        When it is not a token of such keys.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError:
        key = None
    if not isinstance(key, dict) or set(key) != set(names):
        raise BadRequest("the page token is not one of ours; start again without it")
    return key
