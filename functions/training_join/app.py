"""The steps of a training over many files between its maps, and at either end."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics

from fraud_training.job import Ended
from fraud_training.shards import join_wiring as wiring
from fraud_training.training_metrics import training_metrics

logger = Logger()
metrics = Metrics()


def _tell(ended: Ended) -> None:
    logger.info("training ended", **ended._asdict())
    for name, unit, value in training_metrics(ended):
        metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point; an error decides by its type whether the step is tried again."""

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    training_id, step, steps = event["id"], event["step"], wiring.steps()
    with logger.append_context_keys(training_id=training_id, step=step):
        match step:
            case "plan":
                return steps.plan(training_id, remaining_s)
            case "weigh":
                steps.weigh(training_id, event["fence"], remaining_s)
            case "draft":
                steps.draft(training_id, event["fence"], remaining_s)
            case "finish":
                _tell(steps.finish(training_id, event["fence"], remaining_s))
            case "fail":
                expected, ended = steps.fail(training_id, event["error"])
                _tell(ended)
                return {"id": training_id, "expected": expected}
            case _:
                raise ValueError(f"no step {step!r}")
        return {"id": training_id}
