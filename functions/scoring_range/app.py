"""The step of a bulk scoring that the map runs for every range: read it, score it, write a part."""

from typing import Any

from aws_lambda_powertools import Logger

from fraud_training.scoring import range_wiring as wiring
from fraud_training.scoring.range_scoring import RangeTask

logger = Logger()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Lambda entry point; an error decides by its type whether the range is tried again."""
    task = RangeTask.model_validate(event)
    with logger.append_context_keys(scoring_id=task.id, range=task.shard.name):
        report = wiring.scoring().run(task)
        logger.info("range scored", rows=report.counts.rows, refused=report.counts.refused_rows)
        return report.model_dump()
