"""Every adversarial input gets its answer from the function itself, and leaves nothing behind."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest

from fraud.adapters.keys_table import KeysTable
from fraud.domain.keys import Scope, create_key

FUNCTIONS = ("authorizer", "predict", "training")
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc/live/GET/api/v1/model/healthy"


@pytest.fixture(scope="module")
def functions(serving_stack: Any) -> dict[str, ModuleType]:
    return {name: serving_stack.function(name) for name in FUNCTIONS}


@pytest.fixture(scope="module")
def key(serving_stack: Any) -> str:
    """A key that opens everything."""
    made = create_key("live", "tests", [Scope.ADMIN], datetime.now(UTC))
    KeysTable(boto3.client("dynamodb"), "ApiKeysTable").put(made.record)
    return made.key


def test_an_adversarial_input_gets_the_answer_it_must_get(
    functions: dict[str, ModuleType],
    key: str,
    logged: Callable[[], list[dict[str, Any]]],
    handler_case: Any,
) -> None:
    function, case = functions[handler_case.function], handler_case.with_key(key)
    if handler_case.function == "authorizer":
        assert _decision(function, case.event()) in case.statuses
    else:
        answer = function.handler(case.event(), None)
        headers = {k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()}
        headers |= answer.get("headers") or {}
        case.check(answer["statusCode"], headers["Content-Type"], answer["body"])
    lines = json.dumps(logged(), ensure_ascii=False)
    for word in (*case.never, key):
        assert word not in lines


def _decision(authorizer: ModuleType, event: dict[str, Any]) -> int:
    """The status that the gateway makes of the authorizer's answer, 200 where it lets pass."""
    try:
        policy = authorizer.handler({**event, "type": "REQUEST", "methodArn": ARN}, None)
    except Exception as e:
        if str(e) != "Unauthorized":
            raise
        return 401
    return 200 if policy["policyDocument"]["Statement"][0]["Effect"] == "Allow" else 403
