"""A model in memory: its ONNX session and its card, trusted only after digest and golden rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fraud.domain.errors import ArtifactRejected
from fraud.domain.model_cards import (
    CARD_FILE,
    GOLDEN_FILE,
    ONNX_FILE,
    SERVED_FILES,
    ModelCard,
)

type Matrix = NDArray[np.float32]
type Vector = NDArray[np.float64]

INPUT = "X"
OUTPUTS = ("log_odds", "probability")
MAX_TOLERANCE = 1e-4

_UNREADABLE = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class Golden(BaseModel):
    """`golden.json`: rows, and the probabilities the model must give for them."""

    model_config = ConfigDict(frozen=True)

    X: list[list[float]] = Field(min_length=1)
    probability: list[float] = Field(min_length=1)
    tolerance: float = Field(gt=0, le=MAX_TOLERANCE)


@dataclass(frozen=True)
class Scorer:
    """Scores rows of the card's features."""

    card: ModelCard
    session: Any

    def score(self, X: Matrix) -> tuple[Vector, Vector]:
        """Score rows.

        Parameters
        ----------
        X
            The card's features in their order, float32, shape (n, d), n >= 1.

        Returns
        -------
        tuple of arrays
            Log-odds and calibrated probability of fraud, float64, shape (n,).
        """
        log_odds, probability = self.session.run(OUTPUTS, {INPUT: X})
        return log_odds.astype(np.float64), probability.astype(np.float64)


def load_scorer(files: Mapping[str, bytes], digests: Mapping[str, str]) -> Scorer:
    """Build a scorer from a model's artifacts.

    Parameters
    ----------
    files
        The bytes of `SERVED_FILES`.
    digests
        The SHA-256 of each, in hex, as the registry has them; checked before anything is parsed.

    Raises
    ------
    ArtifactRejected
        When a file is missing, altered, unreadable, or answers otherwise than at training.
    """
    for name in SERVED_FILES:
        _check_digest(name, files, digests)
    try:
        card = ModelCard.model_validate_json(files[CARD_FILE])
        golden = Golden.model_validate_json(files[GOLDEN_FILE])
    except ValidationError as e:
        raise ArtifactRejected(f"{e.title} cannot be read: {e.error_count()} bad values") from e
    scorer = Scorer(card, _session(files[ONNX_FILE]))
    _check_contract(scorer)
    _check_golden(scorer, golden)
    return scorer


def _check_digest(name: str, files: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
    if name not in files or name not in digests:
        where = "artifacts" if name not in files else "registry"
        raise ArtifactRejected(f"{name} is missing from the {where}")
    if (digest := sha256(files[name]).hexdigest()) != digests[name]:
        raise ArtifactRejected(f"{name} was altered: SHA-256 {digest}, not {digests[name]}")


def _session(model: bytes) -> ort.InferenceSession:
    """One request at a time on one vCPU: threads and their spinning would only cost."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _UNREADABLE as e:
        raise ArtifactRejected(f"{ONNX_FILE} cannot be loaded: {e}") from e


def _check_contract(scorer: Scorer) -> None:
    names = scorer.card.feature_set.names
    inputs = {i.name: i.shape for i in scorer.session.get_inputs()}
    outputs = {o.name for o in scorer.session.get_outputs()}
    if list(inputs) != [INPUT] or not outputs >= set(OUTPUTS):
        raise ArtifactRejected(f"{ONNX_FILE} has inputs {list(inputs)}, outputs {sorted(outputs)}")
    if inputs[INPUT][-1] != len(names) or len(scorer.card.baseline) != len(names):
        raise ArtifactRejected(
            f"{len(names)} features, but {ONNX_FILE} takes {inputs[INPUT][-1]} "
            f"and the baseline has {len(scorer.card.baseline)}"
        )


def _check_golden(scorer: Scorer, golden: Golden) -> None:
    d = len(scorer.card.feature_set.names)
    if len(golden.X) != len(golden.probability) or any(len(row) != d for row in golden.X):
        raise ArtifactRejected(f"{GOLDEN_FILE} does not hold rows of {d} features")
    try:
        log_odds, probability = scorer.score(np.array(golden.X, dtype=np.float32))
    except _UNREADABLE as e:
        raise ArtifactRejected(f"{ONNX_FILE} cannot score its golden rows: {e}") from e
    expected = np.array(golden.probability)
    if not (probability.shape == log_odds.shape == expected.shape):
        raise ArtifactRejected(f"{ONNX_FILE} answers in the wrong shape {probability.shape}")
    # NaN compares false, so it is rejected here too.
    if not np.all(np.abs(probability - expected) <= golden.tolerance):
        worst = float(np.nanmax(np.abs(probability - expected), initial=0))
        raise ArtifactRejected(f"golden rows differ from training by up to {worst:.2g}")
    if not np.all(np.isfinite(log_odds)):
        raise ArtifactRejected("golden rows have log-odds that are not finite")
