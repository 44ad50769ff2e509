"""The files of a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from fraud.domain.errors import DatasetError
from fraud.domain.features import FeatureSet
from fraud.domain.model_cards import CARD_FILE, GOLDEN_FILE, ONNX_FILE, SERVED_FILES, ModelCard
from fraud_training.learn.inputs import Matrix
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.trained_model import TOLERANCE, TrainedModel

GOLDEN_ROWS = 32
GOLDEN_POOL = 4_096
LIBRARIES = ("scikit-learn", "numpy", "onnx", "onnxruntime", "pandas", "joblib")


def library_versions() -> dict[str, str]:
    """Versions of what took part in a training."""
    return {name: version(name) for name in LIBRARIES}


def model_parameters(model: TrainedModel) -> dict[str, Any]:
    """The card's `parameters`: the candidate's own, and the calibration put after it."""
    calibration = {"slope": model.calibration.slope, "intercept": model.calibration.intercept}
    return model.candidate.parameters | {
        "candidate": model.candidate.name,
        "calibration": calibration,
    }


def name_by_content(prefix: str, onnx: bytes, made_at: datetime) -> str:
    """A model's name: what asked for it, and a digest of what it computes and when it was made.

    Two attempts at one training may come to the same model, but never to the same card, which says
    when it was made and how long that took. So that a straggler cannot replace the files of a
    registered model by others, each attempt's model has a name of its own.
    """
    made = hashlib.sha256(onnx)
    made.update(made_at.isoformat().encode())
    return f"{prefix}-{made.hexdigest()[:8]}"


def golden(model: TrainedModel, X: Matrix) -> dict[str, Any]:
    """Rows and what scikit-learn says of them, checked with ONNX Runtime.

    Rows across the whole range of scores, and two corners: every input at its lowest and highest.

    Parameters
    ----------
    X
        Rows to choose from, in random order, shape (n, d).

    Raises
    ------
    DatasetError
        When ONNX Runtime answers otherwise.
    """
    X = X[:GOLDEN_POOL]
    order = np.argsort(model.probability(X), kind="stable")
    spread = np.linspace(0, len(X) - 1, GOLDEN_ROWS - 2).round().astype(int)
    rows = np.concatenate([X[order[spread]], [X.min(axis=0)], [X.max(axis=0)]])
    probability = model.probability(rows)
    worst = np.abs(OnnxScorer(model.onnx).probability(rows) - probability).max()
    if not worst <= TOLERANCE:
        raise DatasetError(
            f"golden rows differ by {worst:.2g} in ONNX Runtime", code="export_mismatch"
        )
    return {"X": rows.tolist(), "probability": probability.tolist(), "tolerance": TOLERANCE}


def write_estimator(path: Path, model: TrainedModel, feature_set: FeatureSet) -> None:
    """Write the archive for data scientists."""
    content = {
        "estimator": model.fitted.estimator,
        "calibration": {
            "slope": model.calibration.slope,
            "intercept": model.calibration.intercept,
        },
        "features": list(feature_set.names),
        "library_versions": library_versions(),
    }
    joblib.dump(content, path, compress=3)


def write_served(
    out_dir: Path, onnx: bytes, card: ModelCard, golden_rows: Mapping[str, Any]
) -> dict[str, Path]:
    """Write the files that serving reads and return them by name."""
    files = {name: out_dir / name for name in SERVED_FILES}
    files[ONNX_FILE].write_bytes(onnx)
    files[CARD_FILE].write_text(card.model_dump_json(indent=1), encoding="utf-8")
    files[GOLDEN_FILE].write_text(json.dumps(golden_rows), encoding="utf-8")
    return files
