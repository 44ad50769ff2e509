"""A slice of the load run: the predict handler's memory, and that a leak would be seen."""

from __future__ import annotations

import importlib.util
import json
import logging
import random
import runpy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from clients import MIX, PREDICT, body_of
from memory import MOST_BLOCKS_PER_1000, Growth, blocks, growth

from fraud.adapters.predictions_table import PredictionsTable
from fraud_serving import wiring
from fraud_serving.prediction_writing import PredictionLog
from fraud_serving.shadowing import ShadowScoring

REQUESTS, EVERY = 5000, 100
ASKED = [ask for ask in MIX if ask.method == "POST"]

type Step = Callable[[int], None]


class TakesEverything:
    """A DynamoDB client that keeps nothing."""

    def put_item(self, **_: Any) -> dict[str, Any]:
        return {}

    def batch_write_item(self, **_: Any) -> dict[str, Any]:
        return {}


@pytest.fixture
def predict(
    project_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The predict handler with a real model, its log written to nowhere."""
    quick_model = runpy.run_path(str(project_dir / "tests/faults/quick_model.py"))["quick_model"]
    model = quick_model(tmp_path)
    log = PredictionLog(
        PredictionsTable(TakesEverything(), "predictions", timedelta(days=30))  # type: ignore[arg-type]
    )
    shadow = ShadowScoring(SimpleNamespace(current=lambda: None))  # type: ignore[arg-type]
    monkeypatch.setattr(wiring, "champion", lambda: SimpleNamespace(current=lambda: model))
    monkeypatch.setattr(wiring, "log", lambda: log)
    monkeypatch.setattr(wiring, "shadow", lambda: shadow)
    spec = importlib.util.spec_from_file_location(
        "predict_under_load", project_dir / "functions/predict/app.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda event: dict(module.handler(event, None))


def event(path: str, body: Any) -> dict[str, Any]:
    return {
        "resource": path,
        "path": path,
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "requestContext": {
            "requestId": "request-1",
            "path": path,
            "authorizer": {"client": "load", "scopes": "predict"},
        },
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def watched(step: Step, requests: int, every: int) -> Growth:
    """How the number of this process's objects grows with the requests a step is taken for."""
    samples = []
    with pytest.MonkeyPatch.context() as patch:
        # Else pytest would keep every line that is logged, to show it.
        patch.setattr(logging.getLogger(), "handlers", [])
        for n in range(1, requests + 1):
            step(n)
            if n % every == 0:
                samples.append((n, blocks()))
    return growth(samples)


def test_memory_does_not_grow_with_what_predict_has_answered(predict: Any) -> None:
    rng = random.Random(1)  # noqa: S311 - repeatable, not secret

    def step(_: int) -> None:
        ask = rng.choices(ASKED, [ask.weight for ask in ASKED])[0]
        answer = predict(event(f"/api/v1{ask.path}", body_of(ask, rng)))
        assert answer["statusCode"] == ask.status, answer["body"]

    grown = watched(step, REQUESTS, EVERY)
    assert grown.high <= MOST_BLOCKS_PER_1000, grown


def test_a_handler_that_keeps_what_it_answered_is_found(predict: Any) -> None:
    rng = random.Random(1)  # noqa: S311 - repeatable, not secret
    kept: list[str] = []

    def step(n: int) -> None:
        answer = predict(event(f"/api/v1{PREDICT.path}", body_of(PREDICT, rng)))
        kept.append(answer["body"][:400] + str(n))

    grown = watched(step, REQUESTS // 2, EVERY // 2)
    assert grown.low > MOST_BLOCKS_PER_1000, grown
