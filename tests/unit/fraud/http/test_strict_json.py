"""Bodies that are not JSON get the same sentence-long refusal, however Python sees them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    "body",
    [
        '{"a":{"x":1,"x":1},"b:":2}',
        '{"a":[{"x":1},{"x":1,"x":2}]}',
        '{"a":"b:","a":"c"}',
        '{"a" : 1, "\\u0061" : 2}',
        "[[1],[[-1e400]]]",
        '{"a":{"b":' + "1" * 400 + ".0}}",
    ],
)
def test_dropped_keys_and_overflow_are_found_at_any_depth(body: str) -> None:
    with pytest.raises(BadRequest):
        parse_json(body)


def test_colons_and_lone_surrogates_in_strings_are_read() -> None:
    assert parse_json('{"a:":"s3://b:c","d":["\\ud800"]}') == {"a:": "s3://b:c", "d": ["\ud800"]}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_python_reads_is_read_alike(value, ascii_only) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert json.dumps(parse_json(text)) == json.dumps(json.loads(text))
