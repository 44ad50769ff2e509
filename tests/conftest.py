"""What all tests share: where things are, and no way to a real AWS account."""

import os
import random
import runpy
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import LoggedPredictions

# As in Lambda: Powertools reads it at the first import, and loggers of one service are one logger.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"
# Argument of a test -> which cases of tests/inputs/corpus.jsonl it runs with.
INPUTS = {"handler_case": "handler", "stack_case": "stack"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a case of the corpus once with each."""
    for argument in INPUTS.keys() & set(metafunc.fixturenames):
        cases = runpy.run_path(str(PROJECT / "tests/inputs/cases.py"))["cases"]
        metafunc.parametrize(argument, cases(INPUTS[argument]), ids=lambda case: case.id)


@pytest.fixture(scope="session")
def project_dir() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real PaySim files, where this checkout has them beside it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="session")
def own_temporary_directory(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Instead of the machine's, where the trainer always works in the same place."""
    return str(tmp_path_factory.mktemp("tmp"))


@pytest.fixture(autouse=True)
def _no_shared_places(own_temporary_directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", own_temporary_directory)


@pytest.fixture(autouse=True)
def _no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def predicted() -> Callable[..., LoggedPredictions]:
    """Makes the predictions of one request: random client, model and outcomes where not given."""
    probabilities = {"approve": 0.1, "review": 0.4, "block": 0.9}

    def make(
        rng: random.Random,
        at: datetime,
        indexes: Sequence[int] | None = None,
        *,
        client: str | None = None,
        model: str | None = None,
        outcome: str | None = None,
    ) -> LoggedPredictions:
        n = 1 if indexes is None else len(indexes)
        outcomes = [outcome] * n if outcome else rng.choices([*probabilities], [90, 8, 2], k=n)
        return LoggedPredictions(
            id=PredictionId.new(at),
            at=at,
            client=client or rng.choice("abc"),
            request_id="request-1",
            model_name=model or rng.choice(["first", "second"]),
            model_version=1,
            threshold=0.5,
            latency_ms=1.0,
            indexes=indexes,
            inputs={"amount": [1.0] * n},
            features={"amount": [1.0] * n},
            log_odds=[0.0] * n,
            probability=[probabilities[name] for name in outcomes],
            risk_score=[500] * n,
            outcome=outcomes,
            reasons=None,
        )

    return make
