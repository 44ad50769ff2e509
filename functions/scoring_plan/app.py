"""First step of a bulk scoring: find its files, split them, pin its model."""

from typing import Any

from aws_lambda_powertools import Logger

from fraud_training.scoring import plan_wiring as wiring

logger = Logger()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Lambda entry point; an error decides by its type whether the step is tried again."""
    with logger.append_context_keys(scoring_id=event["id"]):
        planned = wiring.planner().plan(event["id"])
        logger.info("scoring planned", **planned)
        return planned
