"""The authorizer over the keys table: a key opens its routes, anything else is Unauthorized."""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError

from fraud.adapters import aws_clients
from fraud.adapters.keys_table import KeysTable
from fraud.domain.keys import Scope, create_key, hash_key

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc/live/POST/api/v1/model/predict"
PATHS = ("POST/api/v1/model/predict", "GET/api/v1/models")

type Handler = Callable[..., Any]


def event(*headers: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A request authorizer's event, with every header as often as it was sent."""
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    single = {name: values[-1] for name, values in several.items()}
    sent = {"headers": single, "multiValueHeaders": several, "queryStringParameters": None}
    return {"type": "REQUEST", "methodArn": ARN, **sent, **more}


@pytest.fixture
def keys(lasting_stack: Any) -> KeysTable:
    return KeysTable(boto3.client("dynamodb"), "ApiKeysTable")


@pytest.fixture
def asked(lasting_stack: Any) -> Handler:
    """Asks the authorizer."""
    handler: Handler = lasting_stack.function("authorizer").handler
    return lambda *headers, **more: handler(event(*headers, **more), lasting_stack.context())


@pytest.fixture
def refused(asked: Handler) -> Handler:
    """Asks the authorizer, which must refuse with the one word that the gateway takes for 401."""

    def ask(*headers: tuple[str, str], **more: Any) -> None:
        with pytest.raises(Exception, match=r"^Unauthorized$"):
            asked(*headers, **more)

    return ask


@pytest.fixture
def reads(lasting_stack: Any) -> Iterator[list[str]]:
    """The operations that the authorizer's own client sends."""
    seen: list[str] = []
    events = aws_clients.dynamodb_client().meta.events

    def note(request: Any, **_: Any) -> None:
        seen.append(request.headers["X-Amz-Target"].decode())

    events.register("before-send.dynamodb", note)
    yield seen
    events.unregister("before-send.dynamodb", note)


@pytest.fixture
def fail(lasting_stack: Any) -> Iterator[Callable[[Any], None]]:
    """Lets every call of a client fail as if nobody were there, until the test is over."""
    failing: list[Any] = []

    def nobody(**_: Any) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb.invalid")

    def register(client: Any) -> None:
        client.meta.events.register("before-send.dynamodb", nobody)
        failing.append(client)

    yield register
    for client in failing:
        client.meta.events.unregister("before-send.dynamodb", nobody)


@pytest.fixture
def key(keys: KeysTable) -> str:
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    keys.put(made.record)
    return made.key


def closed(key: str, keys: KeysTable, **changes: datetime) -> str:
    """Another key like it, that is not to be used now."""
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    keys.put(made.record.model_copy(update=changes))
    return made.key


def test_a_stored_key_gets_a_policy(asked: Handler, key: str) -> None:
    policy = asked(("x-API-key", key))
    assert policy["principalId"] == "shop"
    opened = policy["policyDocument"]["Statement"][0]["Resource"]
    assert [any(r.endswith(path) for r in opened) for path in PATHS] == [True, False]


@pytest.mark.parametrize("name", ["X-Api-Key", "x-api-key", "X-API-KEY"])
def test_the_headers_case_does_not_matter(asked: Handler, key: str, name: str) -> None:
    assert asked((name, key))["principalId"] == "shop"


def other(character: str) -> str:
    return "0" if character != "0" else "1"


NO_KEYS: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "none": lambda key: [],
    "empty": lambda key: [("X-Api-Key", "")],
    "bearer token": lambda key: [("Authorization", f"Bearer {key}")],
    "lowercase bearer": lambda key: [("Authorization", f"bearer {key}")],
    "bearer, two spaces": lambda key: [("Authorization", f"Bearer  {key}")],
    "two Authorization headers": lambda key: [("Authorization", key), ("Authorization", "x")],
    "bearer in the key's header": lambda key: [("X-Api-Key", f"Bearer {key}")],
    "wrong prefix": lambda key: [("X-Api-Key", key.replace("fd_", "fx_"))],
    "bad checksum": lambda key: [("X-Api-Key", key[:-1] + other(key[-1]))],
    "one character flipped": lambda key: [
        ("X-Api-Key", key[:20] + ("0" if key[20] != "0" else "1") + key[21:])
    ],
    "truncated": lambda key: [("X-Api-Key", key[:-1])],
    "16 kB": lambda key: [("X-Api-Key", key + "A" * 16_384)],
    "trailing tab": lambda key: [("X-Api-Key", key + "\t")],
    "trailing line break": lambda key: [("X-Api-Key", key + "\r\n")],
    "a second header line": lambda key: [("X-Api-Key", f"{key}\r\nX-Admin: 1")],
    "leading space": lambda key: [("X-Api-Key", f" {key}")],
    "NUL": lambda key: [("X-Api-Key", f"{key}\0")],
    "not ASCII": lambda key: [("X-Api-Key", f"{key}\u00e9")],
    "lone surrogate": lambda key: [("X-Api-Key", f"{key}\ud800")],
    "two keys in one header": lambda key: [("X-Api-Key", f"{key},{key}")],
    "two different headers": lambda key: [("X-Api-Key", key), ("X-Api-Key", "x")],
    "two headers, two cases": lambda key: [("X-Api-Key", key), ("x-api-key", "x")],
    "key of a test environment": lambda key: [
        ("X-Api-Key", create_key("test", "shop", [Scope.ADMIN], datetime.now(UTC)).key)
    ],
    "headers the gateway sets": lambda key: [
        ("X-Amzn-Apigateway-Authorizer", key),
        ("X-Amzn-Trace-Id", key),
        ("requestContext", f'{{"authorizer": {{"client": "{key}"}}}}'),
        ("client", "shop"),
        ("scopes", "admin"),
    ],
}


def test_what_is_not_exactly_one_of_our_keys_is_refused_without_a_read(
    refused: Handler, reads: list[str], key: str, subtests: pytest.Subtests
) -> None:
    for name, headers in NO_KEYS.items():
        with subtests.test(name):
            refused(*headers(key))
            assert reads == []


def test_a_twin_that_is_the_key_once_normalised_is_refused(refused: Handler, key: str) -> None:
    fullwidth = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in key)
    assert unicodedata.normalize("NFKC", fullwidth) == key
    refused(("X-Api-Key", fullwidth))


def test_a_key_in_the_query_or_a_cookie_is_none(refused: Handler, key: str) -> None:
    query = dict.fromkeys(("X-Api-Key", "x-api-key", "api_key", "key"), key)
    many = {name: [key] for name in query}
    refused(queryStringParameters=query, multiValueQueryStringParameters=many)
    refused(("Cookie", f"X-Api-Key={key}"))


def test_the_same_key_twice_or_beside_another_credential_is_that_key(
    asked: Handler, key: str
) -> None:
    for more in (("X-Api-Key", key), ("Authorization", "Bearer x"), ("X-Amz-Security-Token", "x")):
        assert asked(("X-Api-Key", key), more)["principalId"] == "shop"


def test_a_well_formed_key_that_nobody_made_costs_one_read(
    refused: Handler, reads: list[str]
) -> None:
    unknown = create_key("live", "shop", [Scope.ADMIN], datetime.now(UTC)).key
    refused(("X-Api-Key", unknown))
    assert reads == ["DynamoDB_20120810.GetItem"]


def test_a_revoked_key_is_refused(refused: Handler, asked: Handler, keys: KeysTable) -> None:
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC))
    keys.put(made.record)
    assert asked(("X-Api-Key", made.key))
    keys.revoke(made.record.key_hash, datetime.now(UTC))
    refused(("X-Api-Key", made.key))


def test_a_key_that_has_expired_or_is_not_valid_yet_is_refused(
    refused: Handler, key: str, keys: KeysTable
) -> None:
    now = datetime.now(UTC)
    refused(("X-Api-Key", closed(key, keys, expires_at=now - timedelta(seconds=1))))
    refused(("X-Api-Key", closed(key, keys, not_before=now + timedelta(minutes=1))))


def test_a_read_key_may_not_train(asked: Handler, keys: KeysTable) -> None:
    made = create_key("live", "auditor", [Scope.READ], datetime.now(UTC))
    keys.put(made.record)
    statement = asked(("X-Api-Key", made.key))["policyDocument"]["Statement"][0]
    opened = [r.split("/live/")[1] for r in statement["Resource"]]
    assert "GET/api/v1/training" in opened
    assert not any(r.startswith("POST") for r in opened)


def test_the_day_of_use_is_noted_once(asked: Handler, key: str, keys: KeysTable) -> None:
    written: list[Any] = []
    events = aws_clients.single_try_dynamodb_client().meta.events

    def note(params: Any, **_: Any) -> None:
        written.append(params)

    events.register("provide-client-params.dynamodb.UpdateItem", note)
    for _ in range(3):
        asked(("X-Api-Key", key))
    events.unregister("provide-client-params.dynamodb.UpdateItem", note)
    record = keys.find(hash_key(key))
    assert record
    assert record.last_used_on == datetime.now(UTC).date().isoformat()
    assert len(written) == 1


def test_noting_a_use_makes_no_key_and_never_puts_its_day_back(keys: KeysTable) -> None:
    today = datetime.now(UTC).date()
    keys.note_use("0" * 64, today)
    assert keys.find("0" * 64) is None
    made = create_key("live", "shop", [Scope.PREDICT], datetime.now(UTC)).record
    keys.put(made)
    keys.note_use(made.key_hash, today)
    keys.note_use(made.key_hash, today - timedelta(days=1))
    noted = made.model_copy(update={"last_used_on": today.isoformat()})
    assert keys.find(made.key_hash) == noted


def test_a_use_that_cannot_be_noted_is_logged_and_refuses_nobody(
    asked: Handler,
    key: str,
    keys: KeysTable,
    fail: Callable[[Any], None],
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    fail(aws_clients.single_try_dynamodb_client())
    assert asked(("X-Api-Key", key))["principalId"] == "shop"
    record = keys.find(hash_key(key))
    assert record
    assert record.last_used_on is None
    (line,) = (line for line in logged() if line["message"] == "key_use_not_noted")
    assert (line["level"], line["client"]) == ("WARNING", "shop")


def test_a_dead_table_fails_closed(
    asked: Handler, key: str, fail: Callable[[Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    fail(aws_clients.dynamodb_client())
    with pytest.raises(Exception) as caught:  # noqa: PT011 - anything but a policy
        asked(("X-Api-Key", key))
    assert str(caught.value) != "Unauthorized"


def test_what_is_stored_of_a_key_opens_nothing(refused: Handler, key: str, keys: KeysTable) -> None:
    record = keys.find(hash_key(key))
    assert record
    items = boto3.client("dynamodb").scan(TableName="ApiKeysTable")["Items"]
    assert key.removeprefix(record.prefix) not in str(items)
    for stored in (record.key_hash, record.prefix, f"fd_live_{record.key_hash}"):
        refused(("X-Api-Key", stored))
