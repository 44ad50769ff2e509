"""GET /api/v1/model/healthy: how is the enabled model?"""

from datetime import UTC, datetime
from typing import Any

from fraud.http.api import Api
from fraud.http.health_answers import ModelHealth
from fraud.services.model_health import model_health
from fraud.wiring import health as wiring

api = Api("Model")


@api.described("GET", "/api/v1/model/healthy")
def get_model_health() -> ModelHealth:
    """Ask which model is enabled, how good it is on held-out rows, and how it is doing now."""
    found = model_health(wiring.models(), wiring.monitoring(), datetime.now(UTC))
    return ModelHealth.of(*found)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
