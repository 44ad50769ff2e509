"""Features that give the label away on their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from fraud.domain.features import FeatureSet
from fraud.domain.findings import Finding
from fraud_training.ingest.findings import finding
from fraud_training.ingest.spool import Spool
from fraud_training.ingest.uniform import uniform

GIVEAWAY_AUC = 0.98
MAX_PER_CLASS = 20_000
# The stream of `uniform` that draws the rows looked at here.
LEAK_STREAM = 101
_MIN_LEAF = 20


@dataclass(frozen=True)
class LeakRates:
    """Shares of each class to look at."""

    legit: float
    fraud: float

    @classmethod
    def reaching(cls, rows: int, frauds: int) -> LeakRates:
        """The rates that give about `MAX_PER_CLASS` of each class of a dataset, or all of it."""
        counts = (rows - frauds, frauds)
        return cls(*(min(1.0, MAX_PER_CLASS / max(count, 1)) for count in counts))


def draw_for_leaks(spool: Spool, seed: int, rates: LeakRates) -> NDArray[np.void]:
    """Draw the rows to look at, by their keys alone.

    Parameters
    ----------
    rates
        Those of the whole dataset, if the spool is one shard of it.
    """
    share = np.array([rates.legit, rates.fraud])
    parts: Sequence[NDArray[np.void]] = [
        records[uniform(records["key"], seed, LEAK_STREAM) < share[records["label"]]]
        for records in spool.chunks()
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=spool.dtype)


def leak_findings(sample: NDArray[np.void], feature_set: FeatureSet) -> list[Finding]:
    """Warn of every feature that nearly separates frauds from the rest without any other.

    Looks at all frauds and as many legitimate rows as fit (`MAX_PER_CLASS` of each on average).
    The area under the ROC curve does not depend on the ratio of the classes, so the sample needs
    no weights. A tree of depth two also finds what lies between two bounds, such as "exactly 0".

    Parameters
    ----------
    sample
        Records from `draw_for_leaks`, those of shards one after the other in any order.
    feature_set
        The model's inputs, derivable from the records' columns.

    Returns
    -------
    list
        One `label_giveaway` per feature whose AUC is 0.98 or more, in the features' order.

    References
    ----------
    Kaufman, Rosset, Perlich, Stitelman, "Leakage in data mining", TKDD 6(4), 2012.
    """
    sample = sample[np.argsort(sample["key"], kind="stable")]
    y_true = sample["label"]
    if len(np.unique(y_true)) == 1:
        return []
    names = [name for name in sample.dtype.names or () if name not in {"key", "label"}]
    columns = {name: sample[name].astype(np.float64) for name in names}
    # Overdrawn accounts have no logarithm; a value that cannot be derived separates nothing.
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = feature_set.derive(columns, np)
    return [
        warning
        for name, values in zip(feature_set.names, derived, strict=True)
        if (warning := _judged(name, values, y_true)) is not None
    ]


def _judged(name: str, values: NDArray[np.float64], y_true: NDArray[np.uint8]) -> Finding | None:
    score = np.nan_to_num(values)
    auc = float(roc_auc_score(y_true, score))
    auc = max(auc, 1 - auc)
    X = score[:, None]
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=_MIN_LEAF, random_state=0)
    tree_auc = float(roc_auc_score(y_true, tree.fit(X, y_true).predict_proba(X)[:, 1]))
    if max(auc, tree_auc) < GIVEAWAY_AUC:
        return None
    return finding(
        "label_giveaway",
        f"{name} alone tells frauds from the rest: ROC AUC {auc:.3f} by itself, {tree_auc:.3f} "
        "with a decision tree of depth 2. It may hold what is known only after the transaction or "
        "after the label (a settled balance, a chargeback), or follow from how the data were made; "
        "the model's metrics are then better than it will be. Check when this value is known.",
        column=name,
    )
