"""The policy a key gets: every route of its scopes, and no other, however a path is written."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations, product
from typing import Any
from urllib.parse import unquote

import pytest

from fraud.domain.access import ROUTES, Route
from fraud.domain.errors import Unauthenticated, Unavailable
from fraud.domain.keys import ApiKey, Scope, create_key
from fraud.services.authorizing import authorize, policy_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/live"
ARN = f"{STAGE}/GET/api/v1/training"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
# What a caller may write where a route has a parameter: one segment, as the gateway routes it.
VALUES = (
    *("17", "*", "?", "**", "a*b", "..", ".", "%2e%2e", "..%2f..%2fhealthy", "a%2Freport"),
    *("rollback", "label", "promote", "compare", "report", "healthy", "predict", "batch"),
    *("%00", "a b", "a:b", "arn:aws:execute-api:*:*:*", "é", "${x}", "A" * 2000, "1;x=1"),
)
# Written differently from any route: the gateway has none for them, or takes them for the route.
VARIANTS = (
    *("/api/v1/training/", "//api/v1/training", "/API/V1/TRAINING", "/api/v1//training"),
    *("/api/v1/training/1/2", "/api/v1/model/predict/batch/x", "/api/v1/models/a/promote/x"),
    *("/api/v1/predictions/a/b/label", "/api/v1/models/rollback/x/promote", "/api/v1", "/", "/*"),
    *("/api/v1/model/../models/rollback", "/api/v1/model%2Fpredict", "/api/v1/*", "/doc/../api/v1"),
)


class FakeKeys:
    """Keys in memory, with what was read and written."""

    def __init__(self, *records: ApiKey) -> None:
        self.records = {r.key_hash: r for r in records}
        self.reads = 0
        self.noted: list[tuple[str, date]] = []

    def find(self, key_hash: str) -> ApiKey | None:
        self.reads += 1
        return self.records.get(key_hash)

    def note_use(self, key_hash: str, day: date) -> None:
        self.noted.append((key_hash, day))


class DeadKeys(FakeKeys):
    """Keys that can be read and not written."""

    def note_use(self, key_hash: str, day: date) -> None:
        raise Unavailable("the table does not take it")


def asked(key: str, keys: FakeKeys) -> dict[str, Any]:
    return authorize(key, ARN, "live", keys, lambda: keys)  # type: ignore[arg-type]


@cache
def pattern(resource: str) -> re.Pattern[str]:
    wild = re.escape(resource).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(wild, flags=re.DOTALL)


def allows(policy: dict[str, Any], method: str, path: str, stage: str = STAGE) -> bool:
    """Evaluate a policy as API Gateway does: `*` is any characters, slashes too, `?` any one.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    arn = f"{stage}/{method}/{path.removeprefix('/')}"
    allowed = False
    for statement in policy["policyDocument"]["Statement"]:
        for resource in statement["Resource"]:
            if pattern(resource).fullmatch(arn):
                if statement["Effect"] == "Deny":
                    return False
                allowed = True
    return allowed


@cache
def routed(method: str, path: str) -> Route | None:
    """The route that the gateway would send a request to: a plain segment before a parameter."""
    segments = path.strip("/").split("/")
    found = [
        route
        for route in ROUTES
        if route.method == method
        and len(parts := route.path.strip("/").split("/")) == len(segments)
        and all(p == s or p.startswith("{") for p, s in zip(parts, segments, strict=True))
    ]
    return min(found, key=lambda route: route.path.count("{"), default=None)


def subsets_of_scopes() -> list[tuple[Scope, ...]]:
    return [c for n in range(len(Scope) + 1) for c in combinations(Scope, n)]


def requests() -> list[tuple[str, str]]:
    """Every route with every value of its parameters, and every variant, with every method."""
    paths = set(VARIANTS)
    for route in ROUTES:
        names = re.findall(r"\{[^}]+\}", route.path)
        for values in product(VALUES, repeat=len(names)) if len(names) < 2 else zip(VALUES, VALUES):  # noqa: B905
            path = route.path
            for name, value in zip(names, values, strict=True):
                path = path.replace(name, value, 1)
            paths |= {path, path + "/"}
    return [(method, path) for path in sorted(paths) for method in METHODS]


REQUESTS = requests()


@pytest.mark.parametrize("scopes", subsets_of_scopes(), ids="+".join)
def test_a_policy_opens_exactly_the_routes_of_the_scopes(scopes: tuple[Scope, ...]) -> None:
    policy = policy_for(create_key("live", "me", scopes, NOW).record, ARN)
    for route in (route for route in ROUTES if route.scopes):
        called = re.sub(r"\{[^}]+\}", "17", route.path)
        assert allows(policy, route.method, called) is bool(route.scopes & set(scopes)), route


@pytest.mark.parametrize("scopes", subsets_of_scopes(), ids="+".join)
def test_no_way_of_writing_a_path_leads_to_a_route_of_another_scope(
    scopes: tuple[Scope, ...],
) -> None:
    policy = policy_for(create_key("live", "me", scopes, NOW).record, ARN)
    reached = set()
    for method, path in REQUESTS:
        # Whether the gateway decodes a path before it compares is not left to chance.
        for written in {path, unquote(path)}:
            if allows(policy, method, written):
                route = routed(method, path)
                assert route is None or route.scopes & set(scopes), (method, path)
                reached.add(route)
    assert {r for r in ROUTES if r.scopes & set(scopes)} == reached - {None}


def test_the_matrix_asks_for_every_route_with_every_method() -> None:
    assert {routed(*request) for request in REQUESTS} >= set(ROUTES)
    assert {method for method, _ in REQUESTS} >= {route.method for route in ROUTES}
    assert len(REQUESTS) > 2000


def test_a_policy_names_no_method_that_its_routes_do_not_have() -> None:
    policy = policy_for(create_key("live", "me", Scope, NOW).record, ARN)
    methods = {r.split("/")[2] for r in policy["policyDocument"]["Statement"][0]["Resource"]}
    assert methods == {route.method for route in ROUTES if route.scopes}


def test_a_policy_opens_nothing_on_another_stage_or_api() -> None:
    policy = policy_for(create_key("live", "me", Scope, NOW).record, ARN)
    for other in ("/live", "/test"), ("abc123", "xyz789"), ("eu-west-1", "us-east-1"):
        assert not allows(policy, "GET", "/api/v1/training", STAGE.replace(*other) + "x")
    assert not allows(policy, "GET", "/api/v1/training", STAGE.replace("/live", "/test"))
    assert not allows(policy, "GET", "/api/v1/training", STAGE.replace("abc123", "xyz789"))


def test_a_policy_is_the_same_whichever_route_was_asked_for_first() -> None:
    record = create_key("live", "me", [Scope.READ], NOW).record
    policies = [
        policy_for(record, f"{STAGE}/{method}{path}") for method, path in REQUESTS if path != "/"
    ]
    assert all(policy == policies[0] for policy in policies)


def test_the_context_carries_client_and_scopes() -> None:
    made = create_key("live", "me", [Scope.TRAIN, Scope.PREDICT], NOW)
    policy = asked(made.key, FakeKeys(made.record))
    assert policy["principalId"] == "me"
    assert policy["context"] == {"client": "me", "scopes": "predict train"}


def test_a_bad_checksum_costs_no_read() -> None:
    keys = FakeKeys()
    key = create_key("live", "me", [Scope.READ], NOW).key
    with pytest.raises(Unauthenticated):
        asked(key[:-1] + ("A" if key[-1] != "A" else "B"), keys)
    assert keys.reads == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"revoked_at": NOW},
        {"expires_at": NOW},
        {"not_before": datetime.now(UTC) + timedelta(days=1)},
    ],
)
def test_a_closed_key_is_refused_and_its_use_not_noted(changes: dict[str, datetime]) -> None:
    made = create_key("live", "me", [Scope.READ], NOW)
    keys = FakeKeys(made.record.model_copy(update=changes))
    with pytest.raises(Unauthenticated):
        asked(made.key, keys)
    assert keys.noted == []


def test_an_unknown_key_is_refused() -> None:
    made = create_key("live", "me", [Scope.READ], NOW)
    with pytest.raises(Unauthenticated):
        asked(made.key, FakeKeys())


def test_the_first_use_of_a_day_is_noted_and_no_other() -> None:
    made, today = create_key("live", "me", [Scope.READ], NOW), datetime.now(UTC).date()
    keys = FakeKeys(made.record.model_copy(update={"last_used_on": f"{today - timedelta(1)}"}))
    asked(made.key, keys)
    assert keys.noted == [(made.record.key_hash, today)]
    keys.records[made.record.key_hash].last_used_on = today.isoformat()
    asked(made.key, keys)
    assert len(keys.noted) == 1


def test_a_use_that_cannot_be_noted_keeps_nobody_out() -> None:
    made = create_key("live", "me", [Scope.READ], NOW)
    assert asked(made.key, DeadKeys(made.record)) == policy_for(made.record, ARN)
