"""Bodies that are not JSON get the same sentence-long refusal, however Python sees them."""

import pytest

from fraud.domain.errors import BadRequest
from fraud.http.strict_json import parse_json


@pytest.mark.parametrize(
    "body",
    [
        '{"amount":NaN}',
        '{"amount":Infinity}',
        '{"amount":-Infinity}',
        '{"amount":' + "9" * 4301 + "}",
        "[" * 100_000 + "]" * 100_000,
        '{"amount":1,"amount":1000000.0}',
        '{"a":{"b":1,"b":2}}',
        "{} {}",
        "",
        "{",
        "\ufeff{}",
        '{"a":"\x01"}',
        "{'a':1}",
        '{"a":1,}',
    ],
)
def test_what_is_not_json_is_refused(body: str) -> None:
    with pytest.raises(BadRequest):
        parse_json(body)


def test_an_overflowing_number_is_refused() -> None:
    with pytest.raises(BadRequest):
        parse_json('{"amount":1e400}')


def test_json_is_read() -> None:
    assert parse_json('{"a":[1,2.5,"\\u00e9",null,true]}') == {"a": [1, 2.5, "é", None, True]}


def test_deep_but_readable_json_is_left_to_validation() -> None:
    assert parse_json("[" * 900 + "]" * 900)
