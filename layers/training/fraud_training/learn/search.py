"""Which candidate: average precision in cross-validation, within a budget of work."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fraud_training.learn.candidates import Candidate
from fraud_training.learn.metrics import average_precision
from fraud_training.learn.score_table import ScoreTable
from fraud_training.learn.threads import side_by_side
from fraud_training.learn.training_rows import TrainingRows

CLOCK_ALLOWANCE = 3.0
"""The clock stops a search only at this many times its budget, on a machine so slow or busy that
its user would otherwise wait for ever; the record says when it did."""


@dataclass(frozen=True)
class SearchResult:
    """The chosen candidate and how the choice came about.

    Attributes
    ----------
    budget_s
        Seconds of work it was allowed, on the reference machine.
    record
        Per candidate: name, algorithm, parameters, and `auprc` per fold or why there is none.
    """

    best: Candidate
    budget_s: float
    record: list[dict[str, Any]]
    stopped_by_clock: bool


def search(
    candidates: Sequence[Candidate],
    rows: TrainingRows,
    folds: int,
    seed: int,
    budget_s: float,
    on_progress: Callable[[float], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> SearchResult:
    """Cross-validate candidates and choose the one with the best mean average precision.

    The budget is spent on the candidates' own estimates of their work, not on the clock, so that
    the same file and seed give the same model on a slower machine. The first candidate is always
    tried; equally good ones yield to the earlier.
    """
    started, spent, stopped = clock(), 0.0, False
    record: list[dict[str, Any]] = []
    scores: list[float] = []
    for i, candidate in enumerate(candidates):
        entry: dict[str, Any] = {
            "name": candidate.name,
            "algorithm": candidate.algorithm,
            "parameters": candidate.parameters,
        }
        cost = folds * candidate.work(len(rows.y_true), rows.X.shape[1])
        stopped = stopped or (i > 0 and clock() - started > CLOCK_ALLOWANCE * budget_s)
        if i > 0 and (stopped or spent + cost > budget_s):
            record.append(entry | {"skipped": "clock" if stopped else "budget"})
            scores.append(-1.0)
            continue
        spent += cost
        found = _cross_validated(candidate, rows, folds, seed)
        record.append(entry | {"auprc": [round(score, 6) for score in found]})
        scores.append(float(np.mean(found)))
        on_progress((i + 1) / len(candidates))
    return SearchResult(candidates[int(np.argmax(scores))], budget_s, record, stopped)


def _cross_validated(
    candidate: Candidate, rows: TrainingRows, folds: int, seed: int
) -> list[float]:
    fold = rows.folds(folds)

    def score(k: int) -> float:
        train, test = rows.taken(fold != k), rows.taken(fold == k)
        fitted = candidate.fit(train.X, train.y_true, rows.feature_set, seed)
        table = ScoreTable.of(fitted.log_odds(test.X), test.y_true, weight=test.weight)
        return float(average_precision(table.legit, table.fraud))

    return side_by_side([partial(score, k) for k in range(folds)], len(rows.y_true))
