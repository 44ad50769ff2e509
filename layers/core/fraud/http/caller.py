"""Who is calling: the key in an event for the authorizer, and the caller that it named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from fraud.domain.caller import Caller
from fraud.domain.errors import Unauthenticated
from fraud.domain.keys import Scope

KEY_HEADER = "x-api-key"


def api_key_of(event: Mapping[str, Any]) -> str:
    """The API key in an authorizer's event, as it was sent; an empty one when there is none.

    Raises
    ------
    Unauthenticated
        When there are two different ones: which of them the gateway caches the policy under is
        not for a caller to choose.
    """
    sent = set(_values(event))
    if len(sent) > 1:
        raise Unauthenticated("send one X-Api-Key header; there are several different ones")
    return sent.pop() if sent else ""


def _values(event: Mapping[str, Any]) -> Iterator[str]:
    for name, value in (event.get("headers") or {}).items():
        if name.lower() == KEY_HEADER:
            yield value
    for name, values in (event.get("multiValueHeaders") or {}).items():
        if name.lower() == KEY_HEADER:
            yield from values


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
