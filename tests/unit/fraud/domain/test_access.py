"""Scopes: who reads the registry, and who alone changes it."""

import pytest

from fraud.domain.access import ROUTES, routes_open_to
from fraud.domain.keys import Scope

REGISTRY = [route for route in ROUTES if route.path.startswith("/api/v1/models")]
REPLAYS = [route for route in ROUTES if route.path.startswith("/api/v1/replays")]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.TRAIN, Scope.PREDICT])
def test_only_an_admin_changes_the_registry_and_starts_replays(scope: Scope) -> None:
    changes = [route for route in REGISTRY if route.method == "POST"]
    assert len(changes) == 6
    assert not set(changes) & set(routes_open_to([scope]))
    assert set(changes) <= set(routes_open_to([Scope.ADMIN]))


@pytest.mark.parametrize(
    ("scope", "opened"),
    [(Scope.READ, True), (Scope.TRAIN, True), (Scope.ADMIN, True), (Scope.PREDICT, False)],
)
def test_registry_and_replays_are_open_to_those_who_read_or_train(
    scope: Scope, opened: bool
) -> None:
    reads = {route for route in REGISTRY + REPLAYS if route.method == "GET"}
    assert len(reads) == 6
    assert (reads <= set(routes_open_to([scope]))) is opened
    assert bool(reads & set(routes_open_to([scope]))) is opened
