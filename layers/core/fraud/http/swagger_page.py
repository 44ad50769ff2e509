"""Swagger UI as Powertools ships it, on a page with nothing inline and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aws_lambda_powertools.event_handler.openapi import swagger_ui

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)

# Relative links, because the stage's name stands before the path.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fraud detection API</title>
<link rel="stylesheet" href="doc/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"><p>Loading the API's description&hellip;</p></div>
<script src="doc/swagger-ui.js"></script>
<script src="doc/start.js"></script>
</body>
</html>
"""

START = """window.ui = SwaggerUIBundle({
  url: new URL("openapi.json", new URL(".", window.location.href)).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""

ASSETS: Mapping[str, str] = {
    "swagger-ui.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}
_SHIPPED = {"swagger-ui.js": "swagger-ui-bundle.min.js", "swagger-ui.css": "swagger-ui.min.css"}


def asset(name: str) -> str:
    """The text of one of `ASSETS`."""
    if name == "start.js":
        return START
    folder = Path(next(iter(swagger_ui.__path__)))
    return (folder / _SHIPPED[name]).read_text(encoding="utf-8")
