"""A block read at once and one read line by line tell the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_training.ingest.blocks import _read_plain, read_block
from fraud_training.ingest.layout import BASIC, Layout

LAYOUT = Layout(BASIC, 5, {name: at for at, name in enumerate(BASIC.required)})
# With a column that is not needed at the end, a row may lack its last field unnoticed.
WIDE = Layout(BASIC, 6, LAYOUT.positions)
GOOD = b"1,DEBIT,2.5,100,0\n2,PAYMENT,1e1,0.5,1\n"


def outcome(text: bytes, layout: Layout = LAYOUT):
    """What a block gave, without the texts of its examples."""
    block = read_block(text, layout)
    problems = [(p.code, p.column, p.rows, p.line) for p in block.problems]
    return block.records.tolist(), block.rows, problems


def codes(text: bytes, layout: Layout = LAYOUT) -> list[str]:
    return [problem.code for problem in read_block(text, layout).problems]


numbers = st.one_of(
    st.floats(0, 1e15).map(repr),
    st.decimals(0, 10**14, places=2).map(lambda number: format(number, "f")),
    st.decimals(0, 1, places=25).map(lambda number: format(number, "f")),
    st.integers(0, 10**15).map(str),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=30))
def test_every_number_is_pythons_in_both_ways(texts) -> None:
    text = "".join(f"1,DEBIT,2.5,{number},0\n" for number in texts).encode()
    assert _read_plain(text, LAYOUT) is not None
    # An empty line is enough for a look at every line.
    assert _read_plain(text + b"\n", LAYOUT) is None
    assert outcome(text) == outcome(text + b"\n")
    expected = [float(number) for number in texts]
    assert read_block(text, LAYOUT).records["amount_dest"].tolist() == expected


@settings(max_examples=80, deadline=None)
@given(st.text('0123456789.-+eE xinfaTru_"\\', max_size=8))
def test_whatever_stands_for_a_number_is_judged_alike_in_both_ways(field) -> None:
    text = f"1,DEBIT,2.5,{field},0\n".encode()
    assert outcome(GOOD + text) == outcome(GOOD + text + b"\n")
    assert outcome(text) == outcome(text + b"\n")


@settings(max_examples=80, deadline=None)
@given(st.text('01,"\r\n x', max_size=12))
def test_whatever_is_in_an_ignored_column_is_judged_alike_in_both_ways(field) -> None:
    text = f"1,DEBIT,2.5,100,0,{field}\n".encode()
    assert outcome(text, WIDE) == outcome(text + b"\n", WIDE)


@pytest.mark.parametrize("field", ["", '"a, b"', '"say ""hi, you"""', '""'])
def test_commas_in_quotes_and_an_empty_last_column_are_read_at_once(field: str) -> None:
    text = f"1,DEBIT,2.5,100,0,{field}\n2,CASH_IN,2,1,0,x\n".encode()
    assert _read_plain(text, WIDE) is not None
    assert outcome(text, WIDE) == outcome(text + b"\n", WIDE)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text('01,"\r x', max_size=8), min_size=2, max_size=3))
def test_whatever_is_in_ignored_columns_of_rows_is_judged_alike_in_both_ways(fields) -> None:
    text = "".join(f"1,DEBIT,2.5,100,0,{field}\n" for field in fields).encode()
    assert outcome(text, WIDE) == outcome(text + b"\n", WIDE)


@pytest.mark.parametrize("word", ["NA", "N/A", "nan", "NaN", "NULL", "None", "", " ", "-"])
def test_signs_of_absence_are_missing_values(word) -> None:
    assert codes(GOOD + f"1,DEBIT,2.5,{word},0\n".encode()) == ["missing_values"]


@pytest.mark.parametrize(
    "word", ["1_000", "1 000", "0x1A", "٣", "½", "1e", "e5", "--1", "1j", "€5"]
)
def test_what_is_no_number_is_unparseable(word) -> None:
    assert codes(GOOD + f"1,DEBIT,2.5,{word},0\n".encode()) == ["unparseable_numbers"]


@pytest.mark.parametrize("word", ["True", "TRUE", "false"])
def test_words_of_truth_are_no_numbers_even_where_the_column_has_nothing_else(word) -> None:
    assert codes(f"1,DEBIT,2.5,{word},0\n".encode()) == ["unparseable_numbers"]
    assert codes(f"1,DEBIT,2.5,100,{word}\n".encode()) == ["bad_labels"]


def test_a_decimal_comma_in_quotes_is_not_a_number() -> None:
    assert codes(GOOD + b'1,DEBIT,2.5,"1,5",0\n') == ["unparseable_numbers"]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(b"1,DEBIT,2.5,100,0\n", id="short by one"),
        pytest.param(b"1,DEBIT,2.5,100,0,Ulm,\n", id="trailing comma"),
        pytest.param(b"1,DEBIT,2.5,100,0\n1,DEBIT,2.5,100,0,Ulm,\n", id="short and long"),
        pytest.param(b'1,DEBIT,2.5,100,0\n1,DEBIT,2.5,100,0,"a,b"\n', id="short and hidden comma"),
        pytest.param(b'1,DEBIT,2.5,100,0,"Ulm\nNorth"\n', id="line break in quotes"),
        pytest.param(b'1,DEBIT,2.5,100,0,"Ulm\n', id="quote that stays open"),
        pytest.param(b"1,DEBIT,2.5,100,0," + b"x" * 200_000 + b",\n", id="enormous field"),
    ],
)
def test_no_ragged_row_passes(row) -> None:
    assert codes(b"1,DEBIT,2.5,100,0,Ulm\n" + row, WIDE) == ["ragged_rows"]


def test_quotes_within_a_field_are_text() -> None:
    text = b'1,DEBIT,2.5,100,0,5" pipe\n1,"DEBIT","2.5",100,0,"the ""one"""\n'
    assert codes(text, WIDE) == codes(text + b"\n", WIDE) == []


def test_an_ignored_column_may_be_empty() -> None:
    assert outcome(b"1,DEBIT,2.5,100,0,\n", WIDE)[1:] == (1, [])


def test_lines_are_counted_with_the_empty_ones() -> None:
    text = b"1,DEBIT,2.5,100,0\r\n\r\n  \r\n1,DEBIT,2.5,-1,0\r\n"
    assert outcome(text)[1:] == (2, [("negative_values", "amount_dest", 1, 3)])
