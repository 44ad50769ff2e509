"""One training, from a file to a model's artifacts: for the trainer and for `fraud fit`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fraud.domain.findings import Finding
from fraud.domain.model_cards import DatasetFacts, Metrics, ModelCard
from fraud.domain.trainings import TrainingStage
from fraud_training.ingest.spool import Spool, read_csv
from fraud_training.learn.artifacts import (
    golden,
    library_versions,
    model_parameters,
    write_artifacts,
)
from fraud_training.learn.effort import FULL, QUICK
from fraud_training.learn.evaluation import evaluation
from fraud_training.learn.inputs import chosen_feature_set
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.references import baseline, score_quantiles
from fraud_training.learn.splits import SplitName
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.training import LearnOptions, learn

type OnStage = Callable[[TrainingStage, float], None]

READ = 0.30
"""Share of a training's time that has gone by when the file is read; for progress only."""


@dataclass(frozen=True)
class FitOptions:
    """What to train, and how.

    Attributes
    ----------
    feature_set
        None is the richest that the file has columns for and that is known before a transaction
        settles.
    split
        Which held-out rows the model's own metrics come from.
    quick
        One candidate, one split, point metrics.
    source
        Where the dataset came from, for the card.
    policy
        What the threshold is chosen by.
    search_budget_s
        Seconds of work on the reference machine for the choice of a candidate.
    """

    feature_set: str | None = None
    seed: int = 1
    split: SplitName = "random"
    quick: bool = False
    name: str = "local"
    training_id: int | None = None
    source: str | None = None
    policy: PolicyChoice = field(default_factory=PolicyChoice)
    search_budget_s: float = 8.0


@dataclass(frozen=True)
class FitResult:
    """What a training made.

    Attributes
    ----------
    files
        Artifacts by the names of `fraud.domain.model_cards`.
    seconds
        Wall time.
    peak_rss_bytes
        The process's highest resident memory so far.
    """

    card: ModelCard
    files: dict[str, Path]
    findings: tuple[Finding, ...]
    seconds: float
    peak_rss_bytes: int


def fit(source: Path, out_dir: Path, options: FitOptions, on_stage: OnStage) -> FitResult:
    """Train a model on a CSV file and write its artifacts.

    Parameters
    ----------
    source
        The file, in either form, plain or gzipped.
    out_dir
        Where the artifacts go; made if need be.
    on_stage
        Told the stage and the overall progress from 0 to 1.

    Raises
    ------
    DatasetError
        When the file cannot be trained on.
    InvalidValue
        When the feature set is not known.
    """
    started, created_at = time.monotonic(), datetime.now(UTC)
    out_dir.mkdir(parents=True, exist_ok=True)
    spool_path = out_dir / ".spool"
    on_stage(TrainingStage.READING, 0.0)
    try:
        spool = read_csv(
            source, spool_path, on_progress=lambda p: on_stage(TrainingStage.READING, READ * p)
        )
        return _fit_spool(spool, out_dir, options, on_stage, started, created_at)
    finally:
        spool_path.unlink(missing_ok=True)


def _fit_spool(
    spool: Spool,
    out_dir: Path,
    options: FitOptions,
    on_stage: OnStage,
    started: float,
    created_at: datetime,
) -> FitResult:
    feature_set = chosen_feature_set(options.feature_set, spool.form, spool.columns)
    learned = learn(
        spool,
        LearnOptions(
            feature_set=feature_set,
            seed=options.seed,
            split=options.split,
            effort=QUICK if options.quick else FULL,
            policy=options.policy,
            search_budget_s=options.search_budget_s,
        ),
        on_stage,
        READ,
    )
    on_stage(TrainingStage.EXPORTING, 0.9)
    result = learned.results[options.split]
    golden_rows = golden(result.model, result.held_out.X)
    held_out = metrics_of(result.scores.overall, result.model.policy.threshold)
    card = ModelCard(
        name=options.name,
        created_at=created_at,
        training_id=options.training_id,
        algorithm=result.model.candidate.algorithm,
        parameters=model_parameters(result.model),
        feature_set=feature_set,
        seed=options.seed,
        split=options.split,
        dataset=DatasetFacts(
            sha256=spool.sha256,
            rows=spool.rows,
            frauds=spool.frauds,
            form=spool.form,
            source=options.source,
        ),
        metrics=Metrics(**held_out, time=time.monotonic() - started),
        policy=result.model.policy,
        baseline=baseline(result.train),
        score_quantiles=score_quantiles(result.scores.overall),
        library_versions=library_versions(),
        evaluation=evaluation(learned),
    )
    files = write_artifacts(out_dir, result.model, card, golden_rows)
    return FitResult(
        card=card,
        files=files,
        findings=spool.findings,
        seconds=time.monotonic() - started,
        peak_rss_bytes=_peak_rss_bytes(),
    )


def _peak_rss_bytes() -> int:
    """Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
