"""Which authorizers and routes are read from an OpenAPI body as SAM writes it."""

from typing import Any

import pytest

from fraud_cli.local.emulated import openapi_import

AUTHORIZER = {
    "type": "apiKey",
    "x-amazon-apigateway-authorizer": {"type": "request", "authorizerResultTtlInSeconds": 60},
}
PATHS = {
    "/open": {"get": {"security": [{"NONE": []}]}},
    "/closed": {"post": {"security": [{"Keys": []}]}, "parameters": []},
}


@pytest.mark.parametrize(
    "spec",
    [
        {"components": {"securitySchemes": {"Keys": AUTHORIZER}}, "paths": PATHS},
        {"securityDefinitions": {"Keys": AUTHORIZER}, "paths": PATHS},
    ],
    ids=["OpenAPI 3", "Swagger 2"],
)
def test_authorizers_and_the_routes_behind_them_are_found(spec: dict[str, Any]) -> None:
    assert openapi_import.authorizers_of(spec) == {
        "Keys": {"name": "Keys", "type": "REQUEST", "authorizerResultTtlInSeconds": 60}
    }
    assert list(openapi_import.secured_methods(spec)) == [("/closed", "POST", "Keys")]


def test_a_scheme_that_is_no_authorizer_secures_nothing() -> None:
    spec = {"securityDefinitions": {"Keys": {"type": "apiKey"}}, "paths": PATHS}
    assert list(openapi_import.secured_methods(spec)) == []
