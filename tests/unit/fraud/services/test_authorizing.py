"""The policy a key gets: every route of its scopes, and no other."""

import re
from datetime import UTC, datetime
from itertools import combinations

import pytest

from fraud.domain.access import ROUTES
from fraud.domain.errors import Unauthenticated
from fraud.domain.keys import ApiKey, Scope, create_key
from fraud.services.authorizing import authorize, policy_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc123/live/GET/api/v1/training"


class FakeKeys:
    def __init__(self, *records: ApiKey) -> None:
        self.records = {r.key_hash: r for r in records}
        self.reads = 0

    def find(self, key_hash: str) -> ApiKey | None:
        self.reads += 1
        return self.records.get(key_hash)


def allows(policy: dict, arn: str) -> bool:
    statement = policy["policyDocument"]["Statement"][0]
    patterns = [re.escape(r).replace(r"\*", ".*") for r in statement["Resource"]]
    matched = any(re.fullmatch(pattern, arn) for pattern in patterns)
    return statement["Effect"] == "Allow" and matched


def subsets_of_scopes() -> list[tuple[Scope, ...]]:
    return [c for n in range(len(Scope) + 1) for c in combinations(Scope, n)]


@pytest.mark.parametrize("scopes", subsets_of_scopes(), ids="+".join)
def test_a_policy_opens_exactly_the_routes_of_the_scopes(scopes: tuple[Scope, ...]) -> None:
    record = create_key("live", "me", scopes, NOW).record
    policy = policy_for(record, ARN)
    for route in (route for route in ROUTES if route.scopes):
        called = re.sub(r"\{[^}]+\}", "17", route.path)
        arn = f"arn:aws:execute-api:eu-west-1:123456789012:abc123/live/{route.method}{called}"
        assert allows(policy, arn) is bool(route.scopes & set(scopes)), route


def test_a_policy_names_no_method_that_its_routes_do_not_have() -> None:
    policy = policy_for(create_key("live", "me", Scope, NOW).record, ARN)
    methods = {r.split("/")[2] for r in policy["policyDocument"]["Statement"][0]["Resource"]}
    assert methods == {route.method for route in ROUTES if route.scopes}


def test_a_policy_opens_nothing_on_another_stage_or_api() -> None:
    policy = policy_for(create_key("live", "me", Scope, NOW).record, ARN)
    assert not allows(policy, ARN.replace("/live/", "/test/"))
    assert not allows(policy, ARN.replace("abc123", "xyz789"))


def test_the_context_carries_client_and_scopes() -> None:
    made = create_key("live", "me", [Scope.TRAIN, Scope.PREDICT], NOW)
    policy = authorize(made.key, ARN, "live", FakeKeys(made.record))  # type: ignore[arg-type]
    assert policy["principalId"] == "me"
    assert policy["context"] == {"client": "me", "scopes": "predict train"}


def test_a_bad_checksum_costs_no_read() -> None:
    keys = FakeKeys()
    key = create_key("live", "me", [Scope.READ], NOW).key
    with pytest.raises(Unauthenticated):
        authorize(key[:-1] + ("A" if key[-1] != "A" else "B"), ARN, "live", keys)  # type: ignore[arg-type]
    assert keys.reads == 0


@pytest.mark.parametrize("changes", [{"revoked_at": NOW}, {"expires_at": NOW}])
def test_a_closed_key_is_refused(changes: dict[str, datetime]) -> None:
    made = create_key("live", "me", [Scope.READ], NOW)
    keys = FakeKeys(made.record.model_copy(update=changes))
    with pytest.raises(Unauthenticated):
        authorize(made.key, ARN, "live", keys)  # type: ignore[arg-type]


def test_an_unknown_key_is_refused() -> None:
    made = create_key("live", "me", [Scope.READ], NOW)
    with pytest.raises(Unauthenticated):
        authorize(made.key, ARN, "live", FakeKeys())  # type: ignore[arg-type]
