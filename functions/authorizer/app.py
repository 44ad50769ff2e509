"""API Gateway's authorizer: an API key becomes a client and the routes it may call."""

from typing import Any

from aws_lambda_powertools import Logger

from fraud.domain.errors import Unauthenticated
from fraud.services.authorizing import authorize
from fraud.wiring import authorizer as wiring

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with a policy; raising exactly "Unauthorized" makes API Gateway answer 401."""
    headers = {k.lower(): v for k, v in (event.get("headers") or {}).items()}
    environment = wiring.settings().key_environment
    try:
        return authorize(
            headers.get("x-api-key", ""), event["methodArn"], environment, wiring.keys()
        )
    except Unauthenticated as e:
        logger.info("refused", reason=e.message)
        raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway reads the message
