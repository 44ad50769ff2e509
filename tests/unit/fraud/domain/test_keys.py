"""Keys: made once, recognised without a look-up, refused at the slightest change."""

import re
import zlib
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.domain.errors import InvalidValue, Unauthenticated
from fraud.domain.keys import ALPHABET, Scope, check_key, create_key, hash_key

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_key(environment: str = "live") -> str:
    return create_key(environment, "tests", [Scope.PREDICT], NOW).key


def test_a_new_key_is_recognised_by_its_hash() -> None:
    made = create_key("live", "tests", [Scope.PREDICT], NOW)
    assert check_key(made.key, "live") == made.record.key_hash == hash_key(made.key)


def test_a_record_holds_nothing_to_rebuild_the_key_from() -> None:
    made = create_key("live", "tests", [Scope.PREDICT], NOW)
    secret = made.key.removeprefix(made.record.prefix)
    assert len(secret) >= 45
    assert secret not in made.record.model_dump_json()
    assert made.key not in repr(made)


def test_keys_differ() -> None:
    assert len({a_key() for _ in range(1000)}) == 1000


@settings(max_examples=300)
@given(position=st.integers(0, 55), replacement=st.sampled_from(ALPHABET + "_-é\u0663\u200b "))
def test_one_changed_character_is_refused(position: int, replacement: str) -> None:
    key = a_key()
    position %= len(key)
    changed = key[:position] + replacement + key[position + 1 :]
    if changed == key:
        return
    with pytest.raises(Unauthenticated):
        check_key(changed, "live")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key + "\n",
        lambda key: key + "\t",
        lambda key: " " + key,
        lambda key: "Bearer " + key,
        lambda key: key.upper(),
        lambda key: key.replace("fd_", "gh_"),
        lambda key: key * 300,
        lambda key: key.replace("f", "\uff46"),
        lambda key: "\x00" + key,
    ],
)
def test_what_is_not_exactly_the_key_is_refused(spoil: object) -> None:
    with pytest.raises(Unauthenticated):
        check_key(spoil(a_key()), "live")  # type: ignore[operator]


def test_a_key_of_another_environment_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        check_key(a_key("test"), "live")


@pytest.mark.parametrize(
    ("changes", "valid"),
    [
        ({}, True),
        ({"revoked_at": NOW}, False),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + timedelta(seconds=1)}, True),
        ({"not_before": NOW + timedelta(seconds=1)}, False),
        ({"not_before": NOW}, True),
    ],
)
def test_a_key_is_valid_only_in_its_time(changes: dict[str, datetime], valid: bool) -> None:
    record = create_key("live", "tests", [Scope.PREDICT], NOW).record
    assert record.model_copy(update=changes).valid_at(NOW) is valid


@pytest.mark.parametrize("name", ["shop", "Shop-2", "a", "team.risk@eu", "x" * 64])
def test_a_client_may_have_a_plain_name(name: str) -> None:
    assert create_key("live", name, [Scope.READ], NOW).record.name == name


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, "a b", "a\nb", "a\n", "-a", ".a", "sch\u00f6n", "a/b", 'a"b', "a#b", "monitor"],
)
def test_a_name_that_could_be_taken_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        create_key("live", name, [Scope.READ], NOW)
    assert [f.field for f in refusal.value.fields] == ["name"]


def test_a_key_is_256_random_bits_and_their_checksum_in_base_62() -> None:
    key = a_key()
    assert len(ALPHABET) == 62
    assert 62**43 > 2**256 > 62**42
    assert 62**6 > 2**32 > 62**5
    assert re.fullmatch(r"fd_live_[0-9A-Za-z]{43}[0-9A-Za-z]{6}", key)
    digits = [ALPHABET.index(c) for c in key[-6:]]
    checksum = reduce(lambda number, digit: 62 * number + digit, digits)
    assert checksum == zlib.crc32(key[:-6].encode())
