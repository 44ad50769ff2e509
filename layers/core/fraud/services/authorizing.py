"""From an API key to the policy API Gateway enforces and caches."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from fraud.adapters.keys_table import KeysTable
from fraud.domain.access import Route, routes_open_to
from fraud.domain.errors import Unauthenticated
from fraud.domain.keys import ApiKey, check_key

_PATH_PARAMETER = re.compile(r"\{[^}]+\}")


def authorize(key: str, method_arn: str, environment: str, keys: KeysTable) -> dict[str, Any]:
    """The policy for a key: every route its scopes open, and nothing else.

    The policy is cached by API Gateway and applied to later requests for other routes, so it must
    list them all.

    Raises
    ------
    Unauthenticated
        When the key is not one of ours, revoked, expired or not yet valid.
    """
    record = keys.find(check_key(key, environment))
    if record is None or not record.valid_at(datetime.now(UTC)):
        raise Unauthenticated("the API key is unknown, revoked or expired")
    return policy_for(record, method_arn)


def policy_for(record: ApiKey, method_arn: str) -> dict[str, Any]:
    """An authorizer's answer: principal, IAM policy, and the context functions read."""
    api_stage = "/".join(method_arn.split("/")[:2])
    resources = [_resource(api_stage, route) for route in routes_open_to(record.scopes)]
    effect = "Allow" if resources else "Deny"
    return {
        "principalId": record.name,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": effect,
                    "Resource": resources or [f"{api_stage}/*"],
                }
            ],
        },
        "context": {"client": record.name, "scopes": " ".join(sorted(record.scopes))},
    }


def _resource(api_stage: str, route: Route) -> str:
    path = _PATH_PARAMETER.sub("*", route.path).lstrip("/")
    return f"{api_stage}/{route.method}/{path}"
