"""What a model would lose without an input."""

from __future__ import annotations

from typing import Any

import numpy as np

from fraud_training.learn.inputs import Matrix
from fraud_training.learn.metrics import average_precision
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.score_table import ScoreTable
from fraud_training.learn.training_rows import TrainingRows

MAX_LEGIT = 20_000
REPEATS = 3


def permutation_importance(
    scorer: OnnxScorer, rows: TrainingRows, seed: int
) -> list[dict[str, Any]]:
    """Average precision lost when one input is shuffled among rows, largest loss first.

    Parameters
    ----------
    rows
        Held-out rows of the sample, in an order that does not depend on the file's; the first
        20,000 legitimate ones are used, weighted back to the prevalence of the data.

    Returns
    -------
    list
        Per input: `feature`, mean loss `auprc_loss` and its standard deviation `std`.

    References
    ----------
    Breiman, "Random forests", Machine Learning 45, 2001, sec. 10; Fisher, Rudin, Dominici, "All
    models are wrong, but many are useful", JMLR 20, 2019.
    """
    rows = rows.thinned(MAX_LEGIT)
    rng = np.random.default_rng(seed)
    whole = _auprc(scorer, rows, rows.X)
    found = []
    for i, name in enumerate(rows.feature_set.names):
        losses = []
        for _ in range(REPEATS):
            X = rows.X.copy()
            X[:, i] = rng.permutation(X[:, i])
            losses.append(whole - _auprc(scorer, rows, X))
        found.append(
            {"feature": name, "auprc_loss": float(np.mean(losses)), "std": float(np.std(losses))}
        )
    return sorted(found, key=lambda entry: -entry["auprc_loss"])


def _auprc(scorer: OnnxScorer, rows: TrainingRows, X: Matrix) -> float:
    scores = scorer.log_odds(X).astype(np.float64)
    table = ScoreTable.of(scores, rows.y_true, weight=rows.weight)
    return float(average_precision(table.legit, table.fraud))
