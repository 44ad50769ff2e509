"""Transactions of either form become the model's columns, or say what they lack."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fraud.domain.features import BASIC, TRANSACTION, Feature, FeatureSet
from fraud.domain.transactions import BasicTransaction, RawTransaction
from fraud_serving.model_inputs import model_inputs


def basic(**changes) -> BasicTransaction:
    given = {"day_of_month": 5, "type": "TRANSFER", "amount_log": 12.1, "amount_dest": 180.0}
    return BasicTransaction.model_validate(given | changes)


def raw(**changes) -> RawTransaction:
    given = {
        "step": 97,
        "type": "CASH_OUT",
        "amount": 100.0,
        "oldbalanceOrg": 60.0,
        "oldbalanceDest": 10.0,
        "newbalanceDest": 110.0,
    }
    sent = {k: v for k, v in (given | changes).items() if v is not None}
    return RawTransaction.model_validate(sent)


def test_basic_features_are_taken_as_they_are() -> None:
    inputs = model_inputs([basic()], BASIC)
    np.testing.assert_array_equal(inputs.X, np.array([[5, 4, 12.1, 180]], dtype=np.float32))
    assert inputs.X.dtype == np.float32
    assert inputs.sent == {
        "day_of_month": [5],
        "type": ["TRANSFER"],
        "amount_log": [12.1],
        "amount_dest": [180.0],
    }


def test_basic_features_are_derived_from_a_raw_transaction() -> None:
    inputs = model_inputs([raw()], BASIC)
    assert inputs.values.tolist() == [[5, 3, math.log1p(100), 100]]


def test_transaction_features_are_derived_from_what_is_known_before_it_settles() -> None:
    inputs = model_inputs([raw(newbalanceDest=None)], TRANSACTION)
    expected = [97 % 24, 3, math.log1p(100), math.log1p(60), math.log1p(10), 40]
    np.testing.assert_allclose(inputs.values[0], expected)
    assert "newbalanceDest" not in inputs.sent


def test_mixed_forms_keep_their_order_and_their_own_values() -> None:
    mixed = [raw(amount=7.0), basic(amount_log=1.5), raw(newbalanceOrig=1.0, amount=9.0), basic()]
    together = model_inputs(mixed, BASIC)
    alone = [model_inputs([one], BASIC).X[0] for one in mixed]
    np.testing.assert_array_equal(together.X, np.array(alone))
    assert together.refused == {}
    assert together.sent["amount"] == [7.0, None, 9.0, None]
    assert together.sent["amount_log"] == [None, 1.5, None, 12.1]
    assert together.sent["type"] == ["CASH_OUT", "TRANSFER", "CASH_OUT", "TRANSFER"]


def test_what_cannot_be_derived_is_refused_by_position_and_field() -> None:
    lacking = [raw(), raw(oldbalanceDest=None), basic(), raw(newbalanceDest=None)]
    inputs = model_inputs(lacking, BASIC)
    named = {i: [f.field for f in fields] for i, fields in inputs.refused.items()}
    assert named == {1: ["oldbalanceDest"], 3: ["newbalanceDest"]}
    assert inputs.rows == [0, 2]
    assert inputs.X.shape == inputs.values.shape == (2, 4)
    assert inputs.sent["type"] == ["CASH_OUT", "TRANSFER"]


def test_a_form_without_the_sources_names_all_of_them() -> None:
    inputs = model_inputs([basic()], TRANSACTION)
    fields = [f.field for f in inputs.refused[0]]
    assert fields == ["step", "oldbalanceOrg", "oldbalanceDest", "amount"]
    assert len(inputs.X) == 0


@pytest.mark.parametrize("amount", [0.0, 5e-324, 1e15])
def test_the_ends_of_every_range_stay_finite(amount) -> None:
    extreme = raw(
        step=744, amount=amount, oldbalanceOrg=1e15, oldbalanceDest=0.0, newbalanceDest=1e15
    )
    for feature_set in (BASIC, TRANSACTION):
        inputs = model_inputs([extreme], feature_set)
        assert np.isfinite(inputs.X).all()
        assert inputs.refused == {}


def test_a_value_beyond_32_bits_is_refused_not_passed_on_as_infinite(monkeypatch) -> None:
    squared = Feature(name="amount_squared", sources=("amount",))
    wide = FeatureSet(name="wide", version=1, features=(squared,))
    derivations = {"amount_squared": lambda c, xp: c["amount"] ** 3}
    monkeypatch.setattr("fraud.domain.features.DERIVATIONS", derivations)
    inputs = model_inputs([raw(), raw(amount=1e15)], wide)
    assert inputs.rows == [0]
    assert [f.field for f in inputs.refused[1]] == ["amount_squared"]
