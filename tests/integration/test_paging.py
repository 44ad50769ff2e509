"""A listing's size is a whole number in plain digits, on every route that lists."""

from typing import Any

import pytest

LISTINGS = {
    "training": "/api/v1/training",
    "models": "/api/v1/models",
    "replays": "/api/v1/replays",
    "scoring": "/api/v1/scoring",
    "predictions": "/api/v1/predictions",
}
OTHER_DIGITS = ("\N{ARABIC-INDIC DIGIT FIVE}", "\N{FULLWIDTH DIGIT FIVE}")


@pytest.mark.parametrize("function", LISTINGS)
@pytest.mark.parametrize("limit", [*OTHER_DIGITS, " 5", "+5", "5.0", "1_0", "0x5", "", "0", "101"])
def test_what_is_no_plain_number_is_refused(lasting_stack: Any, function: str, limit: str) -> None:
    answer = lasting_stack.call(function, "GET", LISTINGS[function], query={"limit": limit})
    assert (answer.status, answer.body["error"]["field"]) == (422, "limit")


@pytest.mark.parametrize("function", LISTINGS)
@pytest.mark.parametrize("limit", ["1", "100", "007"])
def test_plain_numbers_are_taken(lasting_stack: Any, function: str, limit: str) -> None:
    answer = lasting_stack.call(function, "GET", LISTINGS[function], query={"limit": limit})
    assert answer.status == 200
