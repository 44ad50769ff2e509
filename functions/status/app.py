"""GET /api/v1/status: is anybody there?"""

from typing import Any, Literal

from pydantic import BaseModel

from fraud.http.api import Api

api = Api("Status", needs_key=False)


class Status(BaseModel):
    """The original's answer."""

    status: Literal["success"] = "success"
    message: Literal["pong!"] = "pong!"


@api.get("/api/v1/status", summary="Is the service up?", tags=["Status"], operation_id="getStatus")
def get_status() -> Status:
    """Answer without a key and without touching anything else."""
    return Status()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
