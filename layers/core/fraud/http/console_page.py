"""The console's files as answers: one page, its styles and its modules, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aws_lambda_powertools.event_handler import Response

PAGE = "page.html"
MEDIA_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def content_security_policy(uploads_url: str) -> str:
    """Own files and the API only; no inline code, and no text that becomes markup.

    Parameters
    ----------
    uploads_url
        Where datasets are uploaded to, ending in a slash; empty where that is the API's own origin.

    References
    ----------
    Content Security Policy Level 3, and Trusted Types (W3C working drafts): with no policy allowed,
    a browser that knows them throws where a script hands text to `innerHTML` and its like.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src {' '.join(filter(None, ("'self'", uploads_url)))}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


@dataclass(frozen=True)
class ConsoleFile:
    """One file as it is sent; `etag` changes with its content."""

    content: str
    media_type: str
    etag: str


def read_console(folder: Path) -> dict[str, ConsoleFile]:
    """Read the console's files, by name."""
    return {
        path.name: ConsoleFile(
            content=path.read_text(encoding="utf-8"),
            media_type=MEDIA_TYPES[path.suffix],
            etag=f'"{sha256(path.read_bytes()).hexdigest()[:32]}"',
        )
        for path in sorted(folder.iterdir())
    }


def file_response(file: ConsoleFile, known: str | None, uploads_url: str) -> Response[str]:
    """A file, or 304 where the browser's copy (`known`, its If-None-Match) is the same.

    Browsers ask every time, so that after an upgrade no old module meets a new one.
    """
    headers = {
        "ETag": file.etag,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": content_security_policy(uploads_url),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if known and file.etag in known:
        return Response(304, file.media_type, "", headers=headers)
    return Response(200, file.media_type, file.content, headers=headers)
