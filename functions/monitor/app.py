"""Schedule: look after the enabled model."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger, Metrics

from fraud.services.health_metrics import health_metrics
from fraud.services.monitoring import act, look
from fraud.wiring import monitor as wiring

logger = Logger()
metrics = Metrics()


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point; answers what was found, for whoever invokes it by hand."""

    def remaining_s() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    now = datetime.now(UTC)
    seen = look(wiring.watch(), wiring.rules(), now, remaining_s)
    for name, unit, value in health_metrics(seen):
        metrics.add_metric(name=name, unit=unit, value=value)
    seen = act(wiring.watch(), wiring.rules(), seen, now)
    found = seen.now
    logger.info(
        "looked",
        hours=seen.hours,
        arrivals=seen.arrivals,
        model=found.model if found else None,
        state=found.state if found else None,
        reasons=found.reasons if found else [],
    )
    return {
        "hours": seen.hours,
        "arrivals": seen.arrivals,
        "now": found.model_dump(mode="json") if found else None,
    }
