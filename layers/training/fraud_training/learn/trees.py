"""Additive trees: the one shape in which every candidate leaves training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Tree:
    """A binary tree over one row; arrays of shape (nodes,), node 0 is the root.

    A row goes to `left` where its `feature` is at most `threshold` (float32), else to `right`;
    `value` is what a leaf adds to the log-odds.
    """

    leaf: NDArray[np.bool_]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]


@dataclass(frozen=True)
class AdditiveTrees:
    """Log-odds as the sum of `bias` and one leaf of every tree."""

    bias: float
    trees: tuple[Tree, ...]


def rounded_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 numbers that are at most the given ones.

    A float32 input is at most a float64 threshold exactly when it is at most this, so comparing in
    32 bits sends every row where scikit-learn's comparison in 64 bits does.
    """
    narrow = thresholds.astype(np.float32)
    return np.where(narrow > thresholds, np.nextafter(narrow, np.float32(-np.inf)), narrow)


def step_function(feature: int, edges: NDArray[np.float32], values: NDArray[np.float64]) -> Tree:
    """A balanced tree that adds `values[i]` to rows above `edges[i - 1]` and up to `edges[i]`.

    Parameters
    ----------
    edges
        Ascending, shape (k,).
    values
        Shape (k + 1,).
    """
    nodes: list[tuple[bool, float, int, int, float]] = []

    def grow(first: int, last: int) -> int:
        at = len(nodes)
        if first == last:
            nodes.append((True, 0.0, 0, 0, float(values[first])))
            return at
        nodes.append((False, 0.0, 0, 0, 0.0))
        middle = (first + last) // 2
        left, right = grow(first, middle), grow(middle + 1, last)
        nodes[at] = (False, float(edges[middle]), left, right, 0.0)
        return at

    grow(0, len(values) - 1)
    leaf, threshold, left, right, value = (np.array(column) for column in zip(*nodes, strict=True))
    return Tree(
        leaf=leaf,
        feature=np.where(leaf, 0, feature),
        threshold=threshold.astype(np.float32),
        left=left,
        right=right,
        value=value,
    )
