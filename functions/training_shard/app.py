"""The step of a training over many files that a map runs for every shard."""

from typing import Any

from aws_lambda_powertools import Logger

from fraud_training.shards import shard_wiring as wiring
from fraud_training.shards.shard_work import ShardTask

logger = Logger()


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Lambda entry point; an error decides by its type whether the shard is tried again."""
    task = ShardTask.model_validate(event)
    with logger.append_context_keys(training_id=task.id, step=task.step, shard=task.shard.number):
        wiring.work().run(task)
        logger.info("shard done")
        return {"shard": task.shard.number}
