"""One training, from a file to a model's artifacts: for the trainer and for `fraud fit`."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fraud.domain.findings import Finding
from fraud.domain.model_cards import REPORT_FILE, ModelCard
from fraud.domain.trainings import TrainingStage
from fraud_training.ingest.spool import read_csv
from fraud_training.learn.building import Built, Order, build
from fraud_training.learn.effort import FULL, QUICK
from fraud_training.learn.enabled_model import EnabledModel
from fraud_training.learn.splits import SplitName
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.report.page import write_report

type OnStage = Callable[[TrainingStage, float], None]

READ = 0.30
"""Share of a training's time that has gone by when the file is read; for progress only."""


@dataclass(frozen=True)
class FitOptions:
    """What to train, and how.

    Attributes
    ----------
    feature_set
        None is `preferred_feature_set` where the file has its columns, else the richest that the
        file has columns for and that is known before a transaction settles.
    split
        Which held-out rows the model's own metrics come from.
    quick
        One candidate, one split, point metrics, no report.
    source
        Where the dataset came from, for the card.
    policy
        What the threshold is chosen by.
    search_budget_s
        Seconds of work on the reference machine for the choice of a candidate.
    champion
        The enabled model, to compare with.
    """

    feature_set: str | None = None
    preferred_feature_set: str | None = None
    seed: int = 1
    split: SplitName = "random"
    quick: bool = False
    name: str = "local"
    training_id: int | None = None
    source: str | None = None
    policy: PolicyChoice = field(default_factory=PolicyChoice)
    search_budget_s: float = 12.0
    champion: EnabledModel | None = None


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
    started = time.monotonic()
    out_dir.mkdir(parents=True, exist_ok=True)
    spool_path = out_dir / ".spool"
    on_stage(TrainingStage.READING, 0.0)
    try:
        spool = read_csv(
            source, spool_path, on_progress=lambda p: on_stage(TrainingStage.READING, READ * p)
        )
        built = build(spool, out_dir, order_of(options, started), on_stage, READ)
    finally:
        spool_path.unlink(missing_ok=True)
    return reported(built, out_dir, options, time.monotonic() - started)


def reported(built: Built, out_dir: Path, options: FitOptions, seconds: float) -> FitResult:
    """What came of a training, with the report that a full one has."""
    files = dict(built.files)
    if not options.quick:
        files[REPORT_FILE] = out_dir / REPORT_FILE
        write_report(built.card, built.findings, files[REPORT_FILE], _champions_card(options))
    return FitResult(
        card=built.card,
        files=files,
        findings=built.findings,
        seconds=seconds,
        peak_rss_bytes=_peak_rss_bytes(),
    )


def order_of(options: FitOptions, started: float) -> Order:
    """What to build; `started` is the monotonic clock when the training began."""
    return Order(
        feature_set=options.feature_set,
        preferred_feature_set=options.preferred_feature_set,
        seed=options.seed,
        split=options.split,
        effort=QUICK if options.quick else FULL,
        policy=options.policy,
        search_budget_s=options.search_budget_s,
        name=options.name,
        training_id=options.training_id,
        source=options.source,
        elapsed_s=lambda: time.monotonic() - started,
        champion=options.champion,
    )


def _champions_card(options: FitOptions) -> ModelCard | None:
    champion = options.champion
    return champion.verified.card if champion and champion.verified else None


def _peak_rss_bytes() -> int:
    """Linux counts in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
