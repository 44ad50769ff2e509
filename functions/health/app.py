"""GET /api/v1/model/healthy: how is the enabled model?"""

from typing import Any

from fraud.http.api import Api
from fraud.http.health_answers import ModelHealth
from fraud.services.model_health import enabled_model
from fraud.wiring import health as wiring

api = Api("Model")


@api.described("GET", "/api/v1/model/healthy")
def get_model_health() -> ModelHealth:
    """Ask which model is enabled, and how good it is on held-out rows."""
    return ModelHealth.of(*enabled_model(wiring.models()))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
