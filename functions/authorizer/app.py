"""API Gateway's authorizer: an API key becomes a client and the routes it may call."""

from fraud.cold_start import cold_start_over

from typing import Any

from aws_lambda_powertools import Logger

from fraud.domain.errors import Unauthenticated
from fraud.http.caller import api_key_of
from fraud.services.authorizing import authorize
from fraud.wiring import authorizer as wiring

logger = Logger()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with a policy; raising exactly "Unauthorized" makes API Gateway answer 401."""
    try:
        environment = wiring.settings().key_environment
        key = api_key_of(event)
        return authorize(key, event["methodArn"], environment, wiring.keys(), wiring.key_uses)
    except Unauthenticated as e:
        logger.info("refused", reason=e.message)
        raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway reads the message
    finally:
        cold_start_over()
