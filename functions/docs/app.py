"""GET /doc and /openapi.json: the description of the whole API, and Swagger UI to try it."""

from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response

from fraud.domain.errors import NotFound
from fraud.http.api import Api
from fraud.http.swagger_page import ASSETS, CONTENT_SECURITY_POLICY, PAGE, asset

api = Api("Docs", needs_key=False)
OPENAPI = Path(__file__).with_name("openapi.json")


@api.get("/doc", include_in_schema=False)
def get_doc() -> Response[str]:
    """Swagger UI."""
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return Response(200, "text/html; charset=utf-8", PAGE, headers=headers)


@api.get("/doc/<name>", include_in_schema=False)
def get_asset(name: str) -> Response[str]:
    """Swagger UI's own files, shipped with the function."""
    if name not in ASSETS:
        raise NotFound("there is no such file")
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(200, ASSETS[name], asset(name), headers=headers)


@api.get("/openapi.json", include_in_schema=False)
def get_openapi() -> Response[str]:
    """The OpenAPI description."""
    return Response(200, "application/json", OPENAPI.read_text(encoding="utf-8"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
