"""Small ONNX models that keep the artifact contract, and a registry and log in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
import onnxruntime as ort
import pytest
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

from fraud.domain.errors import NotFound
from fraud.domain.features import BASIC, FeatureSet
from fraud.domain.model_cards import (
    CARD_FILE,
    GOLDEN_FILE,
    ONNX_FILE,
    Challenger,
    Champion,
    DatasetFacts,
    Metrics,
    ModelCard,
    ModelRecord,
    ModelState,
    Pointers,
    ThresholdPolicy,
)
from fraud.domain.prediction_log import LoggedPredictions, PredictionEntry, pack, unpack
from fraud_serving.served_model import ServedModel

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
POLICY = ThresholdPolicy(threshold=0.5, review=0.3, block=0.8)


def onnx_of(ensemble: list, initializers: list, d: int) -> bytes:
    """A model of `raw` (n, 1), made by `ensemble`, with the contract's two outputs."""
    nodes = [
        *ensemble,
        helper.make_node("Squeeze", ["raw", "axis"], ["log_odds"]),
        helper.make_node("Sigmoid", ["log_odds"], ["probability"]),
    ]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None])
        for name in ("log_odds", "probability")
    ]
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, d])],
        outputs,
        [*initializers, numpy_helper.from_array(np.array([1], np.int64), "axis")],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model: ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    checker.check_model(model)
    return model.SerializeToString()


def linear_onnx(weights: Sequence[float], intercept: float = 0.0) -> bytes:
    """log_odds = X @ weights + intercept."""
    column = np.array(weights, np.float32).reshape(-1, 1)
    nodes = [
        helper.make_node("MatMul", ["X", "weights"], ["product"]),
        helper.make_node("Add", ["product", "intercept"], ["raw"]),
    ]
    tensors = [
        numpy_helper.from_array(column, "weights"),
        numpy_helper.from_array(np.array([intercept], np.float32), "intercept"),
    ]
    return onnx_of(nodes, tensors, len(weights))


def stumps_onnx(d: int, n_trees: int, rng: np.random.Generator) -> bytes:
    """A sum of random trees of depth 2, each over two features, so that inputs interact."""
    trees = np.repeat(np.arange(n_trees), 7)
    features = rng.integers(0, d, (n_trees, 7))
    values = rng.normal(size=(n_trees, 7))
    leaves = np.array([3, 4, 5, 6])
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["X"],
        ["raw"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=trees.tolist(),
        nodes_nodeids=np.tile(np.arange(7), n_trees).tolist(),
        nodes_featureids=features.ravel().tolist(),
        nodes_modes=(["BRANCH_LEQ"] * 3 + ["LEAF"] * 4) * n_trees,
        nodes_values=values.ravel().tolist(),
        nodes_truenodeids=[1, 3, 5, 0, 0, 0, 0] * n_trees,
        nodes_falsenodeids=[2, 4, 6, 0, 0, 0, 0] * n_trees,
        target_treeids=np.repeat(np.arange(n_trees), 4).tolist(),
        target_nodeids=np.tile(leaves, n_trees).tolist(),
        target_ids=[0] * (4 * n_trees),
        target_weights=rng.normal(size=4 * n_trees).tolist(),
    )
    return onnx_of([node], [], d)


def metrics() -> Metrics:
    return Metrics(
        accuracy=0.99,
        recall=0.8,
        precision=0.9,
        f1=0.85,
        auc=0.99,
        auprc=0.9,
        log_loss=0.01,
        brier=0.01,
        prevalence=0.01,
        time=1.0,
    )


@dataclass
class StoredModel:
    """A model's row in the registry and its files, as training would have left them."""

    record: ModelRecord
    files: dict[str, bytes]

    def served(self) -> ServedModel:
        return ServedModel.load(self.record, self.files)

    def register(self, name: str, content: bytes) -> None:
        """Replace a file and its digest, as if it had been registered so."""
        self.files[name] = content
        self.record.files[name] = sha256(content).hexdigest()


def stored_model(
    model: bytes,
    feature_set: FeatureSet = BASIC,
    name: str = "first",
    policy: ThresholdPolicy = POLICY,
    baseline: Sequence[float] | None = None,
    score_quantiles: Sequence[float] | None = None,
) -> StoredModel:
    d = len(feature_set.names)
    X = np.random.default_rng(1).uniform(0, 5, (8, d)).astype(np.float32)
    probability = ort.InferenceSession(model).run(["probability"], {"X": X})[0]
    card = ModelCard(
        name=name,
        created_at=NOW,
        algorithm="test",
        feature_set=feature_set,
        seed=1,
        split="random",
        dataset=DatasetFacts(sha256="0" * 64, rows=8, frauds=1, form="paysim"),
        metrics=metrics(),
        policy=policy,
        baseline=tuple(baseline or [0.0] * d),
        score_quantiles=tuple(score_quantiles or np.linspace(0, 1, 1001).tolist()),
        library_versions={},
    )
    golden = {"X": X.tolist(), "probability": probability.tolist(), "tolerance": 1e-5}
    record = ModelRecord(
        name=name,
        version=1,
        state=ModelState.CHAMPION,
        created_at=NOW,
        training_id=1,
        feature_set=feature_set.name,
        algorithm="test",
        metrics=metrics(),
        policy=policy,
        files={},
    )
    stored = StoredModel(record, {})
    stored.register(ONNX_FILE, model)
    stored.register(CARD_FILE, card.model_dump_json().encode())
    stored.register(GOLDEN_FILE, json.dumps(golden).encode())
    return stored


class FakeStore:
    """Registry and artifacts in memory, that can be told to fail."""

    def __init__(self) -> None:
        self.models: dict[str, StoredModel] = {}
        self.pointer: Champion | None = None
        self.trial: Challenger | None = None
        self.trial_revision = 0
        self.damaged_trial: Exception | None = None
        self.outage: Exception | None = None
        self.looks = 0
        self.before_read: Callable[[], None] = lambda: None

    def release(self, stored: StoredModel) -> None:
        revision = self.pointer.revision + 1 if self.pointer else 1
        self.models[stored.record.name] = stored
        earlier = (*self.pointer.earlier, self.pointer.name) if self.pointer else ()
        self.pointer = Champion(
            name=stored.record.name,
            earlier=earlier,
            revision=revision,
            released_at=NOW,
            released_by="test",
            reason="",
        )

    def challenge(self, stored: StoredModel, share: float = 1.0) -> None:
        self.models[stored.record.name] = stored
        self.trial_revision += 1
        self.trial = Challenger(
            name=stored.record.name,
            share=share,
            revision=self.trial_revision,
            set_at=NOW,
            set_by="test",
            reason="",
        )

    def withdraw(self) -> None:
        self.trial = None
        self.trial_revision += 1

    def champion(self) -> Champion | None:
        if self.outage:
            raise self.outage
        return self.pointer

    def pointers(self) -> Pointers:
        self.looks += 1
        if self.damaged_trial:
            raise self.damaged_trial
        return Pointers(self.champion(), self.trial, self.trial_revision)

    def get(self, name: str) -> ModelRecord | None:
        stored = self.models.get(name)
        return stored.record if stored else None

    def read(self, model_name: str, file_name: str) -> bytes:
        self.before_read()
        try:
            return self.models[model_name].files[file_name]
        except KeyError:
            raise NotFound(f"no {file_name} of {model_name}") from None


@dataclass
class FakeSink:
    """A log that keeps what it is given, packed and unpacked, or refuses."""

    refusal: Exception | None = None
    entries: list[PredictionEntry] = field(default_factory=list)

    def put(self, predictions: LoggedPredictions) -> None:
        if self.refusal:
            raise self.refusal
        for item in pack(predictions):
            self.entries.extend(unpack(item.body))


class Kit:
    """What the tests of this package build with."""

    Store = FakeStore
    Sink = FakeSink
    linear = staticmethod(linear_onnx)
    stumps = staticmethod(stumps_onnx)
    stored = staticmethod(stored_model)
    policy = POLICY
    now = NOW


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()
