"""From a dataset's sample to a model's draft, and from its scores to its card and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fraud.domain.features import FeatureSet
from fraud.domain.findings import Finding
from fraud.domain.model_cards import JOBLIB_FILE, DatasetFacts, Metrics, ModelCard
from fraud.domain.trainings import TrainingStage
from fraud_training.ingest.layout import FORMS, FormName
from fraud_training.ingest.leaks import LeakRates, draw_for_leaks, leak_findings
from fraud_training.ingest.spool import Spool
from fraud_training.learn.artifacts import (
    library_versions,
    name_by_content,
    write_estimator,
    write_served,
)
from fraud_training.learn.comparison import compared
from fraud_training.learn.draft import Draft, drafted, judges
from fraud_training.learn.effort import Effort
from fraud_training.learn.enabled_model import EnabledModel
from fraud_training.learn.evaluation import evaluation
from fraud_training.learn.held_out import HeldOutScores, score_held_out
from fraud_training.learn.inputs import Records, chosen_feature_set
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.references import score_quantiles
from fraud_training.learn.sample import Rates, Sample, draw_sample
from fraud_training.learn.split_gap import split_findings
from fraud_training.learn.splits import SplitName
from fraud_training.learn.threads import one_thread
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.training import LearnOptions, learn

type OnStage = Callable[[TrainingStage, float], None]

FITTED, EVALUATED = 0.51, 0.85
"""Shares of the way on which the model is fitted, and on which its held-out rows are scored; what
follows is tables and files."""


@dataclass(frozen=True)
class Order:
    """What to build.

    Attributes
    ----------
    elapsed_s
        Seconds since the training began.
    """

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
    elapsed_s: Callable[[], float]
    champion: EnabledModel | None = None

    def feature_set_for(self, form: FormName) -> FeatureSet:
        """The model's inputs on a dataset of this form.

        Raises
        ------
        DatasetError
            When it lacks columns that the feature set needs.
        InvalidValue
            When the feature set is not known.
        """
        columns = FORMS[form].columns
        return chosen_feature_set(self.feature_set, self.preferred_feature_set, form, columns)

    def rates(self, rows: int, frauds: int) -> Rates:
        """How much to draw of a dataset."""
        return Rates.reaching(rows - frauds, self.effort.max_legit, self.effort.max_unseen)


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

    progressed(TrainingStage.FITTING, 0.0)
    order.feature_set_for(spool.form)
    sample = draw_sample(spool, order.seed, order.rates(spool.rows, spool.frauds))
    leaks = draw_for_leaks(spool, order.seed, LeakRates.reaching(spool.rows, spool.frauds))
    draft = build_draft(
        sample,
        leaks,
        spool.form,
        out_dir / JOBLIB_FILE,
        order,
        lambda p: progressed(TrainingStage.FITTING, FITTED * p),
    )
    progressed(TrainingStage.EVALUATING, FITTED)
    with one_thread():
        scores = score_held_out(
            spool,
            judges(draft, order.champion),
            lambda p: progressed(TrainingStage.EVALUATING, FITTED + (EVALUATED - FITTED) * p),
        )
    progressed(TrainingStage.EXPORTING, EVALUATED)
    facts = DatasetFacts(
        sha256=spool.sha256,
        rows=spool.rows,
        frauds=spool.frauds,
        form=spool.form,
        source=order.source,
    )
    return finish(draft, scores, facts, spool.findings, out_dir, order)


def build_draft(
    sample: Sample,
    leaks: Records,
    form: FormName,
    estimator: Path,
    order: Order,
    on_progress: Callable[[float], None],
) -> Draft:
    """Fit on a sample, write the archive of the fitted estimator, and note the rest in a draft.

    Parameters
    ----------
    leaks
        Records drawn to look for features that give the label away.
    estimator
        Where the archive goes.

    Raises
    ------
    DatasetError, InvalidValue
        As `build`.
    """
    with one_thread():
        options = LearnOptions(
            feature_set=order.feature_set_for(form),
            seed=order.seed,
            split=order.split,
            effort=order.effort,
            policy=order.policy,
            search_budget_s=order.search_budget_s,
        )
        learned = learn(sample, form, options, on_progress)
        write_estimator(estimator, learned.first.model, options.feature_set)
        return drafted(learned, form, options, leak_findings(leaks, options.feature_set))


def finish(
    draft: Draft,
    scores: Mapping[SplitName, HeldOutScores],
    facts: DatasetFacts,
    findings: Sequence[Finding],
    out_dir: Path,
    order: Order,
) -> Built:
    """Write a model's card and files; its estimator's archive is in `out_dir` already.

    Parameters
    ----------
    scores
        Of all held-out rows, by split.
    findings
        What was found in the dataset before anything was fitted.
    """
    own, policy = scores[draft.split], draft.own.policy
    metrics = Metrics(**metrics_of(own.overall, policy.threshold), time=0.0)
    judged = evaluation(draft, scores)
    if order.champion:
        judged["champion_comparison"] = compared(
            order.champion, own.paired, draft.columns, metrics, policy, order.seed
        ).model_dump(mode="json", exclude_none=True)
    made_at = datetime.now(UTC)
    card = ModelCard(
        name=name_by_content(order.name, draft.own.onnx, made_at),
        created_at=made_at,
        training_id=order.training_id,
        algorithm=draft.algorithm,
        parameters=draft.parameters,
        feature_set=draft.feature_set,
        seed=draft.seed,
        split=draft.split,
        dataset=facts,
        metrics=metrics.model_copy(update={"time": order.elapsed_s()}),
        policy=policy,
        baseline=draft.baseline,
        score_quantiles=score_quantiles(own.overall),
        library_versions=library_versions(),
        evaluation=judged,
    )
    files = write_served(out_dir, draft.own.onnx, card, draft.golden)
    found = (*findings, *draft.findings, *split_findings(judged))
    return Built(card, {**files, JOBLIB_FILE: out_dir / JOBLIB_FILE}, found)
