"""From an API key to the policy API Gateway enforces and caches."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Protocol

from aws_lambda_powertools import Logger

from fraud.adapters.keys_table import KeysTable
from fraud.domain.access import Route, routes_open_to
from fraud.domain.errors import Unauthenticated, Unavailable
from fraud.domain.keys import ApiKey, check_key

_PATH_PARAMETER = re.compile(r"\{[^}]+\}")

logger = Logger(child=True)


class KeyUses(Protocol):
    """Where the day on which a key was last used is written down."""

    def note_use(self, key_hash: str, day: date) -> None:
        """Write it down."""


def authorize(
    key: str, method_arn: str, environment: str, keys: KeysTable, uses: Callable[[], KeyUses]
) -> dict[str, Any]:
    """The policy for a key: every route its scopes open, and nothing else.

    The policy is cached by API Gateway and applied to later requests for other routes, so it must
    list them all. That the key was used is written down once a day; when that fails, a later
    request will do it.

    Parameters
    ----------
    uses
        Called only when there is something to write.

    Raises
    ------
    Unauthenticated
        When the key is not one of ours, revoked, expired or not yet valid.
    """
    record, now = keys.find(check_key(key, environment)), datetime.now(UTC)
    if record is None or not record.valid_at(now):
        raise Unauthenticated("the API key is unknown, revoked or expired")
    if record.last_used_on is None or record.last_used_on < now.date().isoformat():
        _note_use(record, now.date(), uses)
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


def _note_use(record: ApiKey, day: date, uses: Callable[[], KeyUses]) -> None:
    try:
        uses().note_use(record.key_hash, day)
    except Unavailable as e:
        logger.warning("key_use_not_noted", client=record.name, reason=e.message)


def _resource(api_stage: str, route: Route) -> str:
    path = _PATH_PARAMETER.sub("*", route.path).lstrip("/")
    return f"{api_stage}/{route.method}/{path}"
