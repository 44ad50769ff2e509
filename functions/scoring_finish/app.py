"""Last step of a bulk scoring: count, merge and list its parts, or say why there is no result."""

from typing import Any

from aws_lambda_powertools import Logger

from fraud.wiring import scoring_finish as wiring

logger = Logger()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Lambda entry point; `records` is where the engine left what came of the ranges."""
    with logger.append_context_keys(scoring_id=event["id"]):
        if "records" in event:
            wiring.end().finish(event["id"], event["records"])
            logger.info("scoring finished")
            return {"id": event["id"]}
        expected = wiring.end().fail(event["id"], event.get("error"))
        logger.error("scoring failed", error=event.get("error"), expected=expected)
        return {"id": event["id"], "expected": expected}
