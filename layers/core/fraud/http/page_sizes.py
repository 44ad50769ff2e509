"""How many items a page of a listing holds, as callers write it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BeforeValidator


def _plain(value: Any) -> Any:
    """Refuse what Python takes for a number and JSON does not: other digits, signs, spaces, 1_0."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) is None:
        raise ValueError("should be a whole number, in digits")
    return value


PageSize = Annotated[
    int,
    BeforeValidator(_plain),
    Query(ge=1, le=100, description="Items looked at per page; a page may hold fewer."),
]
