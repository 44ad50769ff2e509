"""The caller of an event, as the authorizer says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
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
    return Caller(client=client, scopes=_scopes(context.get("scopes", "")))


@lru_cache(maxsize=64)
def _scopes(names: str) -> frozenset[Scope]:
    return frozenset(map(Scope, names.split()))
