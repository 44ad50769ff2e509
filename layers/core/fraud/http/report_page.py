"""A model's HTML report as an answer."""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256

from aws_lambda_powertools.event_handler import Response

from fraud.domain.errors import PayloadTooLarge

MAX_ANSWER_BYTES = 6_000_000
"""Lambda allows 6 MiB, the report inside a JSON text, headers beside it."""
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def report_response(report: str) -> Response[str]:
    """A report with a policy under which nothing but its own style sheet takes effect.

    Raises
    ------
    PayloadTooLarge
        When it is larger than an answer may be.
    """
    size = len(json.dumps(report))
    if size > MAX_ANSWER_BYTES:
        raise PayloadTooLarge(
            f"the report has {size:,} bytes, an answer at most {MAX_ANSWER_BYTES:,}; "
            "read report.html in the data bucket"
        )
    headers = {
        "Content-Security-Policy": content_security_policy(report),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return Response(200, "text/html; charset=utf-8", report, headers=headers)


def content_security_policy(report: str) -> str:
    """No scripts, nothing fetched; styles by the hash of what the document holds.

    The hash follows the document and not this version's style sheet, because models keep the report
    that the version which trained them wrote. Its digest has been checked before.
    """
    styles = " ".join(f"'sha256-{_digest(text)}'" for text in _STYLE.findall(report))
    return (
        f"default-src 'none'; style-src {styles or "'none'"}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )


def _digest(text: str) -> str:
    return base64.b64encode(sha256(text.encode()).digest()).decode()
