"""Which key a request carries, and which caller: nothing but the gateway's own word counts."""

from typing import Any

import pytest

from fraud.domain.errors import Unauthenticated
from fraud.domain.keys import Scope
from fraud.http.caller import api_key_of, caller_of


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-KEY", "x-aPi-kEy"])
def test_a_key_is_found_whatever_the_case_of_its_header(name: str) -> None:
    assert api_key_of({"headers": {name: "a"}, "multiValueHeaders": {name: ["a"]}}) == "a"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"headers": None, "multiValueHeaders": None},
        {"headers": {"Authorization": "a", "Cookie": "X-Api-Key=a", "X-Api-Key-2": "a"}},
        {"headers": {}, "queryStringParameters": {"X-Api-Key": "a", "x-api-key": "a"}},
    ],
)
def test_a_key_anywhere_else_is_none(event: dict[str, Any]) -> None:
    assert api_key_of(event) == ""


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"X-Api-Key": "b"}, "multiValueHeaders": {"X-Api-Key": ["a", "b"]}},
        {"headers": {"X-Api-Key": "a", "x-api-key": "b"}},
    ],
)
def test_two_different_keys_are_refused(event: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated, match="one X-Api-Key header"):
        api_key_of(event)


@pytest.mark.parametrize(
    "context",
    [None, {}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"scopes": "admin"}}],
)
def test_without_the_authorizers_word_there_is_no_caller(context: Any) -> None:
    spoofed = {
        "X-Amzn-Apigateway-Authorizer": "admin",
        "requestContext": '{"authorizer": {"client": "x", "scopes": "admin"}}',
        "authorizer": "admin",
        "client": "operator",
        "scopes": "admin",
    }
    with pytest.raises(Unauthenticated):
        caller_of({"headers": spoofed, "requestContext": context})


def test_headers_change_nothing_about_a_caller() -> None:
    caller = caller_of(
        {
            "headers": {"client": "operator", "scopes": "admin", "principalId": "operator"},
            "requestContext": {"authorizer": {"client": "shop", "scopes": "read"}},
        }
    )
    assert (caller.client, caller.scopes) == ("shop", frozenset({Scope.READ}))
