"""The caller of an event, as the authorizer says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud.domain.caller import Caller
from fraud.domain.errors import Unauthenticated
from fraud.domain.keys import Scope


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Read the caller from an event's authorizer context.

    Raises
    ------
    Unauthenticated
        When no authorizer let this request pass: a route that needs a key fails closed.
    """
    context = (event.get("requestContext") or {}).get("authorizer") or {}
    client = context.get("client")
    if not client:
        raise Unauthenticated("send an API key as the X-Api-Key header")
    scopes = frozenset(Scope(name) for name in context.get("scopes", "").split() if name)
    return Caller(client=client, scopes=scopes)
