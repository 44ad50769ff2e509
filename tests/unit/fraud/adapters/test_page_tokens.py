"""Page tokens come back as they were given; whatever else is sent is refused."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.adapters import registry_table
from fraud.adapters.jobs_table import token_form
from fraud.adapters.page_tokens import TokenForm, decode_token, encode_token
from fraud.domain.errors import BadRequest

MOMENT = "2026-11-22T20:00:00.123456Z"
TRAINING = {"id": {"N": "7"}, "kind": {"S": "training"}, "created_at": {"S": MOMENT}}
MODEL = {"pk": {"S": "model"}, "sk": {"S": "fraud-000001-0a1b2c3d"}, "created_at": {"S": MOMENT}}
FORMS = {"training": token_form("training"), "model": registry_table.TOKEN_FORM}
KEYS: dict[str, dict[str, Any]] = {"training": TRAINING, "model": MODEL}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", FORMS)
def test_a_key_comes_back_as_it_was(kind: str) -> None:
    assert decode_token(encode_token(KEYS[kind]), FORMS[kind]) == KEYS[kind]
    without_fraction = {**KEYS[kind], "created_at": {"S": "2026-11-22T20:00:00Z"}}
    assert decode_token(encode_token(without_fraction), FORMS[kind]) == without_fraction


@pytest.mark.parametrize("kind", FORMS)
@given(place=st.integers(0, 2), value=VALUES)
def test_a_key_with_any_other_value_in_it_is_refused(kind: str, place: int, value: Any) -> None:
    name = [*KEYS[kind]][place]
    refuse({**KEYS[kind], name: value}, FORMS[kind])
    refuse({**KEYS[kind], name: {"S": value, "N": "1"}}, FORMS[kind])


@pytest.mark.parametrize("text", ["", "\ud800", f"{MOMENT}\n", "\u0663", "x" * 2000, 1, None])
@pytest.mark.parametrize("kind", FORMS)
def test_a_value_that_dynamodb_would_refuse_is_refused_first(kind: str, text: Any) -> None:
    for name, attribute in KEYS[kind].items():
        refuse({**KEYS[kind], name: dict.fromkeys(attribute, text)}, FORMS[kind])


@pytest.mark.parametrize("kind", FORMS)
@given(st.text() | st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()))
def test_any_other_text_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadRequest):
        decode_token(text, FORMS[kind])


def test_another_listings_token_is_refused() -> None:
    refuse(MODEL, FORMS["training"])
    refuse(TRAINING, FORMS["model"])
    refuse({**TRAINING, "more": {"S": "x"}}, FORMS["training"])
    refuse({name: TRAINING[name] for name in ("id", "kind")}, FORMS["training"])


def refuse(key: Any, form: TokenForm) -> None:
    token = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    with pytest.raises(BadRequest):
        decode_token(token, form)
