"""A report as an answer: nothing but its own style sheet takes effect, and it fits."""

import base64
from hashlib import sha256

import pytest

from fraud.domain.errors import PayloadTooLarge
from fraud.http.report_page import MAX_ANSWER_BYTES, content_security_policy, report_response


def directives(policy: str) -> dict[str, str]:
    return {name: rest for name, _, rest in (part.partition(" ") for part in policy.split("; "))}


def test_styles_are_allowed_by_their_hash_alone() -> None:
    style = "\nbody{color:red}\n"
    policy = directives(content_security_policy(f"<head><style>{style}</style></head>"))
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert {"base-uri", "form-action", "frame-ancestors", "sandbox"} <= policy.keys()
    assert "script-src" not in policy
    assert "unsafe" not in "".join(policy.values())


def test_without_a_style_sheet_no_style_is_allowed() -> None:
    assert directives(content_security_policy("<p>plain</p>"))["style-src"] == "'none'"


def test_what_would_not_fit_into_an_answer_is_refused() -> None:
    # A quotation mark takes two bytes of JSON.
    with pytest.raises(PayloadTooLarge, match=r"report\.html"):
        report_response('"' * (MAX_ANSWER_BYTES // 2 + 1))
    assert report_response("x" * (MAX_ANSWER_BYTES // 2)).status_code == 200
