"""Models and files to score."""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fraud.domain.features import BASIC, TRANSACTION, FeatureSet
from fraud_serving.served_model import ServedModel

SERVING_KIT = Path(__file__).parents[2] / "fraud_serving" / "conftest.py"
TYPES = ("CASH_IN", "CASH_OUT", "DEBIT", "PAYMENT", "TRANSFER")
HEADER = (
    "step,type,amount,nameOrig,oldbalanceOrg,newbalanceOrig,"
    "nameDest,oldbalanceDest,newbalanceDest,isFraud,isFlaggedFraud"
)


@pytest.fixture(scope="session")
def serving_kit() -> Any:
    return runpy.run_path(str(SERVING_KIT))["Kit"]


@pytest.fixture(scope="session")
def stored(serving_kit: Any) -> dict[str, Any]:
    """A linear model of each feature set, as it is in registry and bucket."""

    def of(feature_set: FeatureSet) -> Any:
        weights = dict.fromkeys(feature_set.names, 0.0) | {"type": 1.1, "amount_log": 0.5}
        model = serving_kit.linear([*weights.values()], -8.5)
        return serving_kit.stored(model, feature_set, name=f"m-{feature_set.name}")

    return {feature_set.name: of(feature_set) for feature_set in (BASIC, TRANSACTION)}


@pytest.fixture(scope="session")
def models(stored: dict[str, Any]) -> dict[str, ServedModel]:
    return {name: each.served() for name, each in stored.items()}


@pytest.fixture(scope="session")
def rows() -> Sequence[str]:
    """400 rows of PaySim's columns."""
    rng = np.random.default_rng(5)
    return [
        f"{i * 700 // 400 + 1},{TYPES[rng.integers(5)]},{rng.uniform(1, 1e6):.2f},C{i},"
        f"{rng.uniform(0, 1e6):.2f},{rng.integers(1e6)},M{i},"
        f"{rng.uniform(0, 1e7):.1f},{rng.uniform(0, 1e7):.2f},0,0"
        for i in range(400)
    ]


@pytest.fixture(scope="session")
def header() -> str:
    return HEADER
