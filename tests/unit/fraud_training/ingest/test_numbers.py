"""Numbers parsed many at a time are those that Python parses one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_training.ingest.lines import split
from fraud_training.ingest.numbers import parse_numbers


def parsed(texts: list[str]):
    fields, ragged, _ = split("".join(f"x,{text},\n" for text in texts).encode(), 3)
    assert not ragged.lines.size
    return parse_numbers(fields, 1)


decimals = st.one_of(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**14), max_value=10**14
    ),
    st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=0, max_value=10**8),
    st.integers(-(10**18), 10**18),
).map(lambda number: format(number, "f"))
texts = st.one_of(decimals, st.floats(allow_nan=False, allow_infinity=False).map(repr))


@settings(max_examples=300, deadline=None)
@given(st.lists(texts, min_size=1, max_size=40))
def test_every_number_is_exactly_pythons(numbers) -> None:
    found = parsed(numbers)
    assert found.values.tolist() == [float(text) for text in numbers]
    assert not found.unparseable.size


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text("0123456789.-+eE /:;x", min_size=1, max_size=20), min_size=1, max_size=20))
def test_what_python_cannot_read_is_not_a_number_here(strings) -> None:
    found = parsed(strings)
    for row, text in enumerate(strings):
        try:
            expected = float(text)
        except ValueError:
            expected = math.nan
        value = found.values[row]
        assert value == expected or (math.isnan(value) and math.isnan(expected))
        if not math.isnan(expected):
            assert row not in found.unparseable


@pytest.mark.parametrize("text", ["", "nan", "NULL", "N/A", "none", "-"])
def test_signs_of_absence_are_missing_and_not_unparseable(text) -> None:
    found = parsed(["1", text, "2"])
    assert np.isnan(found.values[1])
    assert not found.unparseable.size


@pytest.mark.parametrize("text", [".", "..", "1.2.3", "1-2", "--1", "1,5"[:1] + "_5", "½", "e5"])
def test_what_is_no_number_is_located(text) -> None:
    assert parsed(["1", "2", text]).unparseable.tolist() == [2]
