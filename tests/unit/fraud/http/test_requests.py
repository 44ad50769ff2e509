"""What is refused before any route looks at a request, and what a route then sees."""

import base64
from typing import Any

import pytest

from fraud.domain.errors import (
    BadRequest,
    InvalidValue,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from fraud.http.requests import MAX_BODY_CHARS, read_body


def event(body: str | None = "{}", *, is_base64: bool = False, **headers: str) -> dict[str, Any]:
    sent = {"Content-Type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return {"httpMethod": "POST", "headers": sent, "body": body, "isBase64Encoded": is_base64}


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "GZIP"])
def test_a_compressed_body_is_refused_by_its_header(coding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read_body(event(content_encoding=coding))


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_body_that_is_said_not_to_be_compressed_is_read(coding: str) -> None:
    assert read_body(event(content_encoding=coding))["body"] == "{}"


def test_a_body_may_be_as_long_as_the_limit_and_no_longer() -> None:
    padding = " " * (MAX_BODY_CHARS - 2)
    assert read_body(event(padding + "{}"))["body"].endswith("{}")
    with pytest.raises(PayloadTooLarge):
        read_body(event(padding + " {}"))


def test_the_limit_comes_before_base64_is_undone() -> None:
    with pytest.raises(PayloadTooLarge):
        read_body(event("!" * (MAX_BODY_CHARS + 1), is_base64=True))
    with pytest.raises(BadRequest):
        read_body(event("!!!!", is_base64=True))
    encoded = base64.b64encode(b"{}").decode()
    assert read_body(event(encoded, is_base64=True))["body"] == "{}"


def test_a_media_type_is_handed_on_in_the_spelling_that_powertools_knows() -> None:
    sent = event()
    sent["headers"] = {"CONTENT-TYPE": 'Application/JSON; charset="UTF-8"', "Host": "example.test"}
    assert read_body(sent)["headers"] == {
        "CONTENT-TYPE": "application/json",
        "Host": "example.test",
    }


@pytest.mark.parametrize("body", ['[{"amount": 1}]', '[{"amount": 1}, {}]', "[]", "null", "42"])
def test_a_body_that_is_no_object_is_refused_whole(body: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_body(event(body))
    assert [f.field for f in refused.value.fields] == ["body"]


@pytest.mark.parametrize("body", ["[{]", "nul", "NaN", "\ufeff{}", "[" * 100_000])
def test_a_body_that_is_no_json_at_all_cannot_be_read(body: str) -> None:
    with pytest.raises(BadRequest):
        read_body(event(body))
