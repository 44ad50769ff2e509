"""What is said about a block without reading it is what a reader of each line finds."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_training.ingest.evenness import has_even_rows


@pytest.mark.parametrize(
    "text",
    [
        b"a,b,c\n",
        b"a,,\n,b,\n,,\n",
        b"a,b,c\r\nd,e,\r\n",
        b'a,"b,c",d\n"","",""\n',
        b'"""a"",",b,"""x"""\r\n',
    ],
)
def test_rows_of_three_fields_are_even(text: bytes) -> None:
    assert has_even_rows(text, 3)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"a,b\nc,d,e,f\n",
        b"a,b,c\n\n",
        b'a,"b,c"\n',
        b'a,"b\nc",d\n',
        b'a,b"c,d"e,f\n',
        b'a,"b"c,d,e\n',
        b'a, "b,c",d\n',
        b'a,b,"\n',
    ],
)
def test_all_else_is_not_certain(text: bytes) -> None:
    assert not has_even_rows(text, 3)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text('a,"\r ', max_size=9), min_size=1, max_size=3))
def test_what_is_even_is_so_to_a_reader_of_each_line(lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in lines).replace("\r", "\r\n").encode()
    if has_even_rows(text, 3):
        found = [next(csv.reader([raw.decode(), ""], strict=True)) for raw in text.splitlines()]
        assert [len(fields) for fields in found] == [3] * len(found)
