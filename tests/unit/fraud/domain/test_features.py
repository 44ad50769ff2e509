"""Feature sets: what is derived from what, with one code for scalars' columns of any length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.errors import InvalidValue
from fraud.domain.features import (
    BASIC,
    DERIVATIONS,
    FEATURE_SETS,
    TRANSACTION,
    TYPE_CODES,
    feature_set_named,
)
from fraud.domain.transactions import MAX_AMOUNT, BasicTransaction, RawTransaction

RAW = {
    "step": np.array([1.0, 24.0, 25.0, 743.0]),
    "type": np.array([0.0, 1.0, 4.0, 3.0]),
    "amount": np.array([0.0, 1.0, 181.0, 1e15]),
    "oldbalanceOrg": np.array([0.0, 10.0, 181.0, 0.0]),
    "oldbalanceDest": np.array([0.0, 5.0, 100.0, 3.0]),
    "newbalanceDest": np.array([0.0, 2.0, 281.0, 3.0]),
}


def test_basic_features_follow_their_definitions() -> None:
    day, kind, amount_log, amount_dest = BASIC.derive(RAW, np)
    assert day.tolist() == [1, 1, 2, 31]
    assert kind.tolist() == [0, 1, 4, 3]
    np.testing.assert_allclose(amount_log, np.log1p(RAW["amount"]))
    assert amount_dest.tolist() == [0, 3, 181, 0]


def test_features_that_are_sent_are_not_derived() -> None:
    sent = {"day_of_month": np.array([9.0]), "type": np.array([4.0])}
    sent |= {"amount_log": np.array([2.5]), "amount_dest": np.array([7.0])}
    assert [column.item() for column in BASIC.derive(sent, np)] == [9.0, 4.0, 2.5, 7.0]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InvalidValue) as caught:
        BASIC.derive({"step": RAW["step"], "type": RAW["type"], "amount": RAW["amount"]}, np)
    assert [f.field for f in caught.value.fields] == ["oldbalanceDest", "newbalanceDest"]


def test_transaction_features_need_nothing_from_after_the_transaction() -> None:
    sources = {source for feature in TRANSACTION.features for source in feature.sources}
    assert sources == {"step", "type", "amount", "oldbalanceOrg", "oldbalanceDest"}


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_every_feature_can_be_derived_or_is_a_column(name: str) -> None:
    for feature in FEATURE_SETS[name].features:
        assert feature.name in DERIVATIONS or feature.sources == (feature.name,)


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_derived_values_are_finite_over_the_allowed_range(name: str) -> None:
    for column in FEATURE_SETS[name].derive(RAW, np):
        assert np.isfinite(column.astype(np.float32)).all()


def test_an_unknown_feature_set_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidValue, match="basic, transaction"):
        feature_set_named("graph")


def test_type_codes_are_dense_and_stable() -> None:
    # They are part of every stored model: changing one would change what old models read.
    assert dict(TYPE_CODES) == {
        "CASH_IN": 0,
        "DEBIT": 1,
        "PAYMENT": 2,
        "CASH_OUT": 3,
        "TRANSFER": 4,
    }


MONEY = st.floats(0, MAX_AMOUNT)
RAW_ROWS = st.fixed_dictionaries(
    {
        "step": st.integers(1, 31 * 24),
        "type": st.sampled_from(sorted(TYPE_CODES)),
        "amount": MONEY,
        "oldbalanceOrg": MONEY,
        "oldbalanceDest": MONEY,
        "newbalanceDest": MONEY,
    }
)


def columns_of(*rows: dict) -> dict[str, np.ndarray]:
    coded = [{**row, "type": TYPE_CODES[row["type"]]} for row in rows]
    return {name: np.array([row[name] for row in coded], dtype=float) for name in coded[0]}


@given(RAW_ROWS)
def test_what_is_derived_from_any_transaction_could_have_been_sent_as_it_is(row: dict) -> None:
    RawTransaction.model_validate(row)
    day, kind, amount_log, amount_dest = (c.item() for c in BASIC.derive(columns_of(row), np))
    sent = {"day_of_month": int(day), "type": row["type"]}
    BasicTransaction.model_validate({**sent, "amount_log": amount_log, "amount_dest": amount_dest})
    assert (day, kind) == (int(day), TYPE_CODES[row["type"]])


@pytest.mark.parametrize("name", FEATURE_SETS)
@given(rows=st.lists(RAW_ROWS, min_size=1, max_size=5))
def test_many_rows_are_derived_as_each_alone_and_fit_32_bits(name: str, rows: list[dict]) -> None:
    feature_set = FEATURE_SETS[name]
    together = np.column_stack(feature_set.derive(columns_of(*rows), np))
    alone = np.vstack([np.column_stack(feature_set.derive(columns_of(row), np)) for row in rows])
    np.testing.assert_array_equal(together, alone)
    assert np.isfinite(together.astype(np.float32)).all()
