"""An item of the log survives being a message, and nothing else passes for one."""

from __future__ import annotations

import json
import re

import pytest

from fraud.domain.log_messages import from_message, to_message
from fraud.domain.prediction_log import pack


@pytest.mark.parametrize(("n", "reasons"), [(None, True), (1, False), (600, True), (1000, False)])
def test_an_item_comes_back_as_it_was(logged, n, reasons) -> None:
    for item in pack(logged(n, reasons=reasons)):
        assert from_message(to_message(item)) == item


def test_a_message_is_ascii_and_says_what_it_is(logged) -> None:
    (item,) = pack(logged())
    message = to_message(item)
    assert re.fullmatch(r"[ -~]+", message)
    assert json.loads(message)["key"] == [*item.key]


def changed(message: str, **changes) -> str:
    return json.dumps({**json.loads(message), **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"key": ["2026-11-22#01", "pr_0"]},
        {"key": "2026-11-22#01"},
        {"at": "2026-11-22T20:00:00"},
        {"at": "2026-11-22T20:00:01Z"},
        {"at": None},
        {"outcomes": ["allow"]},
        {"body": ""},
        {"body": "bm90IGpzb24="},
        {"body": "e30="},
        {"body": "!!"},
        {"expires_at": 1},
    ],
)
def test_an_item_that_is_not_what_it_says_is_refused_in_silence(logged, change) -> None:
    message = to_message(pack(logged())[0])
    with pytest.raises(ValueError, match="item of the prediction log") as raised:
        from_message(changed(message, **change))
    assert "shop" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"training_id": 1}', "\x00", "[" * 9999])
def test_what_is_no_item_is_refused(text) -> None:
    with pytest.raises(ValueError, match="item of the prediction log"):
        from_message(text)


def test_a_body_under_another_predictions_key_is_refused(logged) -> None:
    one, other = (json.loads(to_message(pack(logged())[0])) for _ in range(2))
    with pytest.raises(ValueError, match="cannot be read"):
        from_message(json.dumps(one | {"body": other["body"]}))
