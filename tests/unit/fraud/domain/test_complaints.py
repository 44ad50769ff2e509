"""Names that callers choose are repeated only where they can be nothing but names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud.domain.complaints import NOT_SHOWN, name_shown


@pytest.mark.parametrize("name", ["amount", "__proto__", "colour-2", 3])
def test_a_plain_name_is_repeated(name: str | int) -> None:
    assert name_shown(name) == str(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mrs Smith", "{{7*7}}", "${jndi:ldap://x}", "a\r\nb", "a\n", "\ud800", "\u0663", "a" * 65],
)
def test_anything_else_is_not(name: str) -> None:
    assert name_shown(name) == NOT_SHOWN


@given(st.text() | st.from_regex(r"[\w-]{1,70}"))
def test_whatever_name_is_sent_what_is_shown_is_plain_ascii_of_bounded_length(name: str) -> None:
    shown = name_shown(name)
    assert shown in {name, NOT_SHOWN}
    assert shown.isascii()
    assert shown.isprintable()
    assert len(shown) <= 64
