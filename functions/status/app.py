"""GET /api/v1/status: is anybody there?"""

from typing import Any, Literal

from pydantic import BaseModel

from fraud.http.api import Api

api = Api("Status", needs_key=False)


class StatusAnswer(BaseModel):
    """The original's answer."""

    status: Literal["success"] = "success"
    message: Literal["pong!"] = "pong!"


@api.get(
    "/api/v1/status",
    summary="Is the service up?",
    description="Answers without a key and without touching anything else.",
    tags=["Status"],
    operation_id="getStatus",
)
def get_status() -> StatusAnswer:
    """Answer without a key and without touching anything else."""
    return StatusAnswer()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
