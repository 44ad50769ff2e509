"""Schedule: mend what no function could finish."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics

from fraud.services.sweep_metrics import sweep_metrics
from fraud.services.sweeping import sweep
from fraud.wiring import sweeper as wiring

logger = Logger()
metrics = Metrics()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point; answers what was done, for whoever invokes it by hand."""

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    swept = sweep(wiring.sweeper(), datetime.now(UTC), remaining_s)
    for given_up in swept.given_up:
        logger.error("training given up", **given_up._asdict())
    for name, unit, value in sweep_metrics(swept):
        metrics.add_metric(name=name, unit=unit, value=value)
        metrics.flush_metrics()
    done = {
        "requeued": swept.requeued,
        "given_up": [given_up.training_id for given_up in swept.given_up],
        "models_removed": swept.models,
        "datasets_removed": swept.datasets,
        "complete": swept.complete,
    }
    logger.info("swept", **done)
    return done
