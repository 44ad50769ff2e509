"""Plain values become the attributes that boto3 would make of them, and come back as they were."""

from __future__ import annotations

from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from fraud.adapters.items import from_item, to_attributes

FINITE = st.floats(allow_nan=False, allow_infinity=False).filter(
    # What DynamoDB's numbers can hold; above 2^53 a float comes back as the integer of its digits.
    lambda x: x == 0 or 1e-128 < abs(x) < 2**53
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**37), 10**37) | FINITE | st.text()
VALUES = st.recursive(
    SCALARS | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def exact(value):
    """boto3 refuses floats; their shortest digits are what they are stored as."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    return [exact(v) for v in value] if isinstance(value, list) else value


@given(VALUES)
def test_boto3_reads_what_was_meant(value) -> None:
    attributes = to_attributes({"value": value})
    assert TypeDeserializer().deserialize(attributes["value"]) == exact(value)


@given(VALUES)
def test_what_was_written_comes_back(value) -> None:
    assert from_item(to_attributes({"value": value})) == {"value": value}


@given(VALUES)
def test_what_boto3_wrote_is_read(value) -> None:
    assert from_item({"value": TypeSerializer().serialize(exact(value))}) == {"value": value}


def test_sets_are_read() -> None:
    item = {"s": {"SS": ["a", "b"]}, "n": {"NS": ["1", "2.5"]}, "b": {"BS": [b"x"]}}
    assert from_item(item) == {"s": {"a", "b"}, "n": {1, 2.5}, "b": {b"x"}}


def test_whole_numbers_come_back_as_integers() -> None:
    (number,) = from_item({"n": {"N": "3.0"}}).values()
    assert number == 3
    assert isinstance(number, int)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("-Infinity"), object()])
def test_what_dynamodb_has_no_type_for_is_refused(value) -> None:
    with pytest.raises(TypeError, match="no type"):
        to_attributes({"value": [value]})
