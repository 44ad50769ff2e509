"""The authorizer over the keys table: a key opens its routes, anything else is Unauthorized."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fraud.adapters.keys_table import KeysTable
from fraud.domain.keys import Scope, create_key

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc/live/POST/api/v1/model/predict"


def event(headers: dict[str, str]) -> dict[str, Any]:
    return {"type": "REQUEST", "methodArn": ARN, "headers": headers}


@pytest.fixture
def keys(stack: Any) -> KeysTable:
    return KeysTable(boto3.client("dynamodb"), "ApiKeysTable")


def test_a_stored_key_gets_a_policy(stack: Any, keys: KeysTable) -> None:
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    keys.put(made.record)
    policy = stack.function("authorizer").handler(event({"x-API-key": made.key}), None)
    assert policy["principalId"] == "shop"
    assert any(
        r.endswith("POST/api/v1/model/predict")
        for r in policy["policyDocument"]["Statement"][0]["Resource"]
    )


def test_a_revoked_key_is_refused(stack: Any, keys: KeysTable) -> None:
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    keys.put(made.record)
    keys.revoke(made.record.key_hash, datetime.now(UTC))
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        stack.function("authorizer").handler(event({"X-Api-Key": made.key}), None)


def test_an_expired_key_is_refused(stack: Any, keys: KeysTable) -> None:
    now = datetime.now(UTC)
    made = create_key("live", "shop", [Scope.PREDICT], now, now - timedelta(seconds=1))
    keys.put(made.record)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        stack.function("authorizer").handler(event({"X-Api-Key": made.key}), None)


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": ""}, {"Authorization": "fd_live_x"}])
def test_no_key_is_refused(stack: Any, headers: dict[str, str]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        stack.function("authorizer").handler(event(headers), None)


def test_a_dead_table_fails_closed(stack: Any, keys: KeysTable) -> None:
    boto3.client("dynamodb").delete_table(TableName="ApiKeysTable")
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - anything but a policy
        stack.function("authorizer").handler(event({"X-Api-Key": made.key}), None)
    assert str(caught.value) != "Unauthorized"
