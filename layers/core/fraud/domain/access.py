"""Which scope opens which route: the one table behind the authorizer's policy and the docs."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from fraud.domain.keys import Scope


class Route(NamedTuple):
    """One route of the API; `scopes` lists those that open it, none meaning no key is needed."""

    method: str
    path: str
    scopes: frozenset[Scope]


def _open_to(*scopes: Scope) -> frozenset[Scope]:
    return frozenset({*scopes, Scope.ADMIN})


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/v1/status", frozenset()),
    Route("GET", "/doc", frozenset()),
    Route("GET", "/doc/{name}", frozenset()),
    Route("GET", "/openapi.json", frozenset()),
    Route("GET", "/console", frozenset()),
    Route("GET", "/console/{name}", frozenset()),
    Route("POST", "/api/v1/training", _open_to(Scope.TRAIN)),
    Route("GET", "/api/v1/training", _open_to(Scope.TRAIN, Scope.READ)),
    Route("GET", "/api/v1/training/{id}", _open_to(Scope.TRAIN, Scope.READ)),
    Route("POST", "/api/v1/datasets", _open_to(Scope.TRAIN)),
    Route("POST", "/api/v1/model/predict", _open_to(Scope.PREDICT)),
    Route("POST", "/api/v1/model/predict/batch", _open_to(Scope.PREDICT)),
    Route("POST", "/api/v1/scoring", _open_to(Scope.PREDICT)),
    Route("GET", "/api/v1/scoring", _open_to(Scope.READ, Scope.PREDICT)),
    Route("GET", "/api/v1/scoring/{id}", _open_to(Scope.READ, Scope.PREDICT)),
    Route("GET", "/api/v1/scoring/{id}/parts", _open_to(Scope.READ, Scope.PREDICT)),
    Route("POST", "/api/v1/scoring/{id}/cancel", _open_to(Scope.PREDICT)),
    Route("GET", "/api/v1/model/healthy", _open_to(Scope.READ, Scope.PREDICT, Scope.TRAIN)),
    Route("GET", "/api/v1/predictions", _open_to(Scope.READ, Scope.PREDICT)),
    Route("GET", "/api/v1/predictions/{prediction_id}", _open_to(Scope.READ, Scope.PREDICT)),
    Route(
        "POST",
        "/api/v1/predictions/{prediction_id}/label",
        _open_to(Scope.PREDICT, Scope.TRAIN),
    ),
    Route("GET", "/api/v1/models", _open_to(Scope.READ, Scope.TRAIN)),
    Route("GET", "/api/v1/models/{name}", _open_to(Scope.READ, Scope.TRAIN)),
    Route("GET", "/api/v1/models/{name}/report", _open_to(Scope.READ, Scope.TRAIN)),
    Route("GET", "/api/v1/models/{name}/compare/{other}", _open_to(Scope.READ, Scope.TRAIN)),
    Route("POST", "/api/v1/models/rollback", _open_to()),
    Route("POST", "/api/v1/models/{name}/promote", _open_to()),
    Route("POST", "/api/v1/models/{name}/challenge", _open_to()),
    Route("POST", "/api/v1/models/{name}/withdraw", _open_to()),
    Route("POST", "/api/v1/models/{name}/archive", _open_to()),
    Route("POST", "/api/v1/models/{name}/replay", _open_to()),
    Route("GET", "/api/v1/replays", _open_to(Scope.READ, Scope.TRAIN)),
    Route("GET", "/api/v1/replays/{id}", _open_to(Scope.READ, Scope.TRAIN)),
)


def routes_open_to(scopes: Collection[Scope]) -> tuple[Route, ...]:
    """The routes that a key with these scopes may call."""
    return tuple(route for route in ROUTES if route.scopes & set(scopes))
