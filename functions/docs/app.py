"""GET /doc, /openapi.json and /console: the API's description, Swagger UI, and the console."""

from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response

from fraud.domain.errors import NotFound
from fraud.http.api import Api
from fraud.http.console_page import PAGE as CONSOLE_PAGE
from fraud.http.console_page import file_response, read_console
from fraud.http.swagger_page import ASSETS, CONTENT_SECURITY_POLICY, PAGE, asset
from fraud.wiring.docs import settings

api = Api("Docs", needs_key=False)
OPENAPI = Path(__file__).with_name("openapi.json")
CONSOLE = read_console(Path(__file__).with_name("console"))


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


@api.get("/console", include_in_schema=False)
def get_console() -> Response[str]:
    """The console's page."""
    return get_console_file(CONSOLE_PAGE)


@api.get("/console/<name>", include_in_schema=False)
def get_console_file(name: str) -> Response[str]:
    """The console's styles and modules, shipped with the function."""
    if name not in CONSOLE:
        raise NotFound("there is no such file")
    known = api.current_event.headers.get("If-None-Match")
    return file_response(CONSOLE[name], known, settings().uploads_url)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
