"""Whatever JSON is sent is a transaction that a model can read, or refused by named fields."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from fraud.domain.transactions import BasicTransaction, RawTransaction, Transaction

FIELDS = sorted({*BasicTransaction.model_fields, *RawTransaction.model_fields})
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, 1, 31, 744, 1e15, -0.0, 5e-324, True])
VALUES = NUMBERS | st.sampled_from(["TRANSFER", "PAYMENT", "C1", "1", None, [], {}]) | st.text()
BODIES = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), VALUES, max_size=9)
SOUND = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.1, "amount_dest": 3.0}
RAW = {"step": 97, "type": "CASH_OUT", "amount": 5.0, "nameOrig": "C1"}


def read(body: Any) -> BasicTransaction | RawTransaction | None:
    """The transaction, None where it is refused by named fields."""
    try:
        return Transaction.model_validate(body).root  # type: ignore[no-any-return]
    except ValidationError as e:
        named = all(problem["loc"] for problem in e.errors())
    assert named
    return None


@given(BODIES | st.builds(lambda more: {**SOUND, **more}, BODIES))
@example(SOUND)
@example(RAW)
def test_a_body_that_is_taken_holds_numbers_that_32_bits_hold(body: dict[str, Any]) -> None:
    transaction = read(body)
    if transaction is None:
        return
    for name, value in transaction.model_dump().items():
        assert body[name] == value if name in body else value is None
        if isinstance(value, int | float):
            assert not isinstance(body[name], bool)
            assert math.isfinite(value)
            assert np.isfinite(np.float32(value))
            assert value >= 0


@given(st.sampled_from(sorted(SOUND)), VALUES)
def test_one_bad_value_refuses_and_only_a_value_of_the_kind_is_good(name: str, value: Any) -> None:
    taken = read({**SOUND, name: value})
    if name == "type":
        good = value in ("TRANSFER", "PAYMENT", "CASH_OUT", "CASH_IN", "DEBIT")
    elif name == "day_of_month":
        good = type(value) is int and 1 <= value <= 31
    else:
        most = math.log1p(1e15) if name == "amount_log" else 1e15
        good = type(value) in {int, float} and 0 <= value <= most
    assert (taken is not None) is good


@given(st.text(min_size=1, max_size=8).filter(lambda name: name not in FIELDS), VALUES)
def test_a_field_that_is_not_known_refuses_whatever_it_holds(name: str, value: Any) -> None:
    assert read({**SOUND, name: value}) is None
    assert read({**RAW, name: value}) is None
