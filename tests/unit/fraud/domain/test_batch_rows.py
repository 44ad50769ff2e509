"""A batch is read whole, or row by row where the client asks for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fraud.domain.errors import PayloadTooLarge
from fraud.domain.predictions import BatchRequest
from fraud.domain.transactions import BasicTransaction, RawTransaction

BASIC = {"day_of_month": 1, "type": "PAYMENT", "amount_log": 1.5, "amount_dest": 2.0}
RAW = {"step": 1, "type": "CASH_OUT", "amount": 5.0}
BAD = [
    BASIC | {"amount_log": -1},
    3,
    None,
    [],
    BASIC | {"is_fraud": 0},
    BASIC | {"day_of_month": True},
    BASIC | {"day_of_month": "1"},
    BASIC | {"type": "payment"},
    BASIC | {"type": "\u0420AYMENT"},
    {"step": 1},
]


def read(*rows, **options) -> BatchRequest:
    return BatchRequest.model_validate({"transactions": list(rows), **options})


def test_forms_may_be_mixed_and_keep_their_order() -> None:
    rows = read(RAW, BASIC, RAW).transactions
    kinds = [type(row) for row in rows.transactions]
    assert kinds == [RawTransaction, BasicTransaction, RawTransaction]
    assert list(rows.indexes) == [0, 1, 2]


@pytest.mark.parametrize("bad", BAD)
def test_one_bad_row_refuses_the_request_and_is_named(bad) -> None:
    with pytest.raises(ValidationError) as raised:
        read(BASIC, bad, BASIC)
    assert {error["loc"][:2] for error in raised.value.errors()} == {("transactions", 1)}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_row_is_set_aside_on_request(bad) -> None:
    rows = read(BASIC, bad, RAW, on_error="skip").transactions
    assert list(rows.indexes) == [0, 2]
    assert [type(row) for row in rows.transactions] == [BasicTransaction, RawTransaction]
    assert list(rows.refused) == [1]
    assert rows.refused[1][0].message
    assert len(rows) == 3


def test_every_bad_field_of_a_row_is_named_in_words() -> None:
    rows = read({"step": 0, "extra": 1, "type": "PAYMENT"}, on_error="skip").transactions
    named = {field.field: field.message for field in rows.refused[0]}
    assert named == {
        "step": "should be greater than or equal to 1",
        "amount": "is missing",
        "extra": "is not a known field",
    }


def test_skip_applies_wherever_the_client_writes_it() -> None:
    body = {"transactions": [BASIC, {}], "on_error": "skip"}
    for order in (body, dict(reversed(body.items()))):
        assert list(BatchRequest.model_validate(order).transactions.refused) == [1]


@pytest.mark.parametrize("on_error", ["fail", "skip"])
@pytest.mark.parametrize("transactions", [[], None, 5, "x", {"0": BASIC}])
def test_what_is_no_list_of_transactions_is_refused_either_way(transactions, on_error) -> None:
    with pytest.raises(ValidationError) as raised:
        BatchRequest.model_validate({"transactions": transactions, "on_error": on_error})
    assert raised.value.errors()[0]["loc"] == ("transactions",)


@pytest.mark.parametrize("on_error", ["fail", "skip"])
def test_a_thousand_fit_and_one_more_does_not(on_error) -> None:
    assert len(read(*[BASIC] * 1000, on_error=on_error).transactions) == 1000
    with pytest.raises(PayloadTooLarge, match="1001"):
        read(*[BASIC] * 1001, on_error=on_error)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        read(BASIC, model="other")
    with pytest.raises(ValidationError):
        read(BASIC, on_error="ignore")
    with pytest.raises(ValidationError):
        read(BASIC, reasons=1)


def test_the_description_says_list_of_transactions() -> None:
    described = BatchRequest.model_json_schema()["properties"]["transactions"]
    assert described["type"] == "array"
    assert (described["minItems"], described["maxItems"]) == (1, 1000)


@given(st.lists(st.sampled_from([BASIC, RAW, *BAD]), min_size=1, max_size=30))
def test_every_row_is_taken_or_refused_once_and_keeps_its_place(rows) -> None:
    read_rows = read(*rows, on_error="skip").transactions
    places = sorted([*read_rows.indexes, *read_rows.refused])
    assert places == list(range(len(rows))) == list(range(len(read_rows)))
    for place, transaction in zip(read_rows.indexes, read_rows.transactions, strict=True):
        assert transaction.model_dump(exclude_unset=True) == rows[place]
    assert all(rows[place] in BAD for place in read_rows.refused)
