"""Reasons read as people speak: names, values, and what they did to the odds."""

from __future__ import annotations

from math import log

import pytest

from fraud.domain.features import BASIC
from fraud_serving.reasons import reasons_of

VALUES = [5.0, 4.0, 12.1, 1234567.891]


def test_largest_contribution_comes_first_whatever_its_sign() -> None:
    reasons = reasons_of(BASIC, VALUES, [0.1, -2.0, 1.0, 0.0])
    assert [r["feature"] for r in reasons] == ["type", "amount_log", "day_of_month", "amount_dest"]
    assert [r["contribution"] for r in reasons] == [-2.0, 1.0, 0.1, 0.0]


def test_a_type_is_named_not_coded() -> None:
    by_feature = {r["feature"]: r for r in reasons_of(BASIC, VALUES, [0, 1, 0, 0])}
    assert by_feature["type"]["value"] == "TRANSFER"
    assert by_feature["type"]["text"].startswith("type TRANSFER raises")
    assert by_feature["amount_dest"]["value"] == 1234567.891


@pytest.mark.parametrize(
    ("contribution", "text"),
    [
        (log(3.4), "amount_dest of 1,234,567.89 raises the odds of fraud 3.4 times"),
        (-log(2), "amount_dest of 1,234,567.89 lowers the odds of fraud 2 times"),
        (0.01, "amount_dest of 1,234,567.89 hardly changes the odds of fraud"),
        (50.0, "amount_dest of 1,234,567.89 raises the odds of fraud more than 1,000 times"),
        (-1e6, "amount_dest of 1,234,567.89 lowers the odds of fraud more than 1,000 times"),
    ],
)
def test_words_say_what_happens_to_the_odds(contribution, text) -> None:
    by_feature = {r["feature"]: r for r in reasons_of(BASIC, VALUES, [0, 0, 0, contribution])}
    assert by_feature["amount_dest"]["text"] == text
