"""From a spool to a model's card and files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fraud.domain.findings import Finding
from fraud.domain.model_cards import DatasetFacts, Metrics, ModelCard
from fraud.domain.trainings import TrainingStage
from fraud_training.ingest.leaks import leak_findings
from fraud_training.ingest.spool import Spool
from fraud_training.learn.artifacts import (
    golden,
    library_versions,
    model_parameters,
    name_by_content,
    write_artifacts,
)
from fraud_training.learn.comparison import compared
from fraud_training.learn.effort import Effort
from fraud_training.learn.enabled_model import EnabledModel
from fraud_training.learn.evaluation import evaluation
from fraud_training.learn.inputs import chosen_feature_set
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.references import baseline, score_quantiles
from fraud_training.learn.split_gap import split_findings
from fraud_training.learn.splits import SplitName
from fraud_training.learn.threads import one_thread
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.training import LearnOptions, OnStage, learn

LEARNT = 0.85
"""Share of the way on which learning ends; what follows is tables and files."""


@dataclass(frozen=True)
class Order:
    """What to build; `started` is the monotonic clock when the training began."""

    feature_set: str | None
    preferred_feature_set: str | None
    seed: int
    split: SplitName
    effort: Effort
    policy: PolicyChoice
    search_budget_s: float
    name: str
    training_id: int | None
    source: str | None
    started: float
    champion: EnabledModel | None = None


@dataclass(frozen=True)
class Built:
    """A model's card, its files by name, and all findings."""

    card: ModelCard
    files: dict[str, Path]
    findings: tuple[Finding, ...]


def build(spool: Spool, out_dir: Path, order: Order, on_stage: OnStage, start: float) -> Built:
    """Learn from a spool and write the artifacts.

    Parameters
    ----------
    on_stage, start
        Told stage and overall progress, which goes on from `start`.

    Raises
    ------
    DatasetError
        When the dataset cannot be trained on in this way.
    InvalidValue
        When the feature set is not known.
    """

    def progressed(stage: TrainingStage, share: float) -> None:
        on_stage(stage, start + (1 - start) * share)

    with one_thread():
        return _build(spool, out_dir, order, progressed)


def _build(spool: Spool, out_dir: Path, order: Order, on_stage: OnStage) -> Built:
    feature_set = chosen_feature_set(
        order.feature_set, order.preferred_feature_set, spool.form, spool.columns
    )
    options = LearnOptions(
        feature_set=feature_set,
        seed=order.seed,
        split=order.split,
        effort=order.effort,
        policy=order.policy,
        search_budget_s=order.search_budget_s,
        champion=order.champion,
    )
    learned = learn(spool, options, lambda stage, share: on_stage(stage, LEARNT * share))
    result = learned.results[order.split]
    metrics = Metrics(**metrics_of(result.scores.overall, result.model.policy.threshold), time=0.0)
    judged = evaluation(learned, order.effort.resamples, order.seed)
    if order.champion:
        judged["champion_comparison"] = compared(
            order.champion,
            result.scores.paired,
            spool.columns,
            metrics,
            result.model.policy,
            order.seed,
        ).model_dump(mode="json", exclude_none=True)
    findings = (
        *spool.findings,
        *leak_findings(spool, feature_set, order.seed),
        *split_findings(judged),
    )
    on_stage(TrainingStage.EXPORTING, 0.95)
    golden_rows = golden(result.model, result.held_out.X)
    made_at = datetime.now(UTC)
    card = ModelCard(
        name=name_by_content(order.name, result.model.onnx, made_at),
        created_at=made_at,
        training_id=order.training_id,
        algorithm=result.model.candidate.algorithm,
        parameters=model_parameters(result.model),
        feature_set=feature_set,
        seed=order.seed,
        split=order.split,
        dataset=DatasetFacts(
            sha256=spool.sha256,
            rows=spool.rows,
            frauds=spool.frauds,
            form=spool.form,
            source=order.source,
        ),
        metrics=metrics.model_copy(update={"time": time.monotonic() - order.started}),
        policy=result.model.policy,
        baseline=baseline(result.train),
        score_quantiles=score_quantiles(result.scores.overall),
        library_versions=library_versions(),
        evaluation=judged,
    )
    files = write_artifacts(out_dir, result.model, card, golden_rows)
    return Built(card, files, findings)
