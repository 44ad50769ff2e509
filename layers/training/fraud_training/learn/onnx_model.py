"""Additive trees as one ONNX graph, calibration and prior correction inside."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from fraud_training.learn.calibration import Calibration
from fraud_training.learn.inputs import Matrix
from fraud_training.learn.trees import AdditiveTrees, Tree

OPSET = 18
ML_OPSET = 3
IR_VERSION = 9


def onnx_model(trees: AdditiveTrees, calibration: Calibration, features: int) -> bytes:
    """Write the model that serving reads.

    Written here node by node rather than converted: thresholds are rounded down to float32, so
    that no row takes another branch than in scikit-learn, and the same trees are the same bytes.

    Returns
    -------
    bytes
        A graph with the input `X` float32 (n, d) and the outputs `log_odds` and `probability`
        float32 (n,).
    """
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    graph = helper.make_graph(
        [
            _ensemble(trees, calibration),
            helper.make_node("Reshape", ["sums", "flat"], ["log_odds"]),
            helper.make_node("Sigmoid", ["log_odds"], ["probability"]),
        ],
        "fraud",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["n", features])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"])
            for name in ("log_odds", "probability")
        ],
        initializer=[flat],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _ensemble(trees: AdditiveTrees, calibration: Calibration) -> onnx.NodeProto:
    parts = [_tree_attributes(i, tree, calibration.slope) for i, tree in enumerate(trees.trees)]
    attributes: Any = {name: [v for part in parts for v in part[name]] for name in parts[0]}
    return helper.make_node(
        "TreeEnsembleRegressor",
        ["X"],
        ["sums"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        base_values=[calibration.slope * trees.bias + calibration.intercept],
        **attributes,
    )


def _tree_attributes(number: int, tree: Tree, slope: float) -> dict[str, list[Any]]:
    nodes, leaves = len(tree.leaf), np.flatnonzero(tree.leaf)
    return {
        "nodes_treeids": [number] * nodes,
        "nodes_nodeids": list(range(nodes)),
        "nodes_modes": np.where(tree.leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_featureids": tree.feature.tolist(),
        "nodes_values": tree.threshold.tolist(),
        "nodes_truenodeids": tree.left.tolist(),
        "nodes_falsenodeids": tree.right.tolist(),
        "target_treeids": [number] * len(leaves),
        "target_nodeids": leaves.tolist(),
        "target_ids": [0] * len(leaves),
        "target_weights": (slope * tree.value[leaves]).astype(np.float32).tolist(),
    }


class OnnxScorer:
    """A model's bytes, ready to score on the calling thread only."""

    def __init__(self, model: bytes) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def log_odds(self, X: Matrix) -> Any:
        """Calibrated log-odds, float32, shape (n,)."""
        return self._session.run(["log_odds"], {"X": X})[0]

    def probability(self, X: Matrix) -> Any:
        """Calibrated probability of fraud, float32, shape (n,)."""
        return self._session.run(["probability"], {"X": X})[0]
