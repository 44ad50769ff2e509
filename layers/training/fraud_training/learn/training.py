"""From a spool to a judged model: sample, split, search, fit, score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fraud.domain.errors import DatasetError
from fraud.domain.features import FeatureSet
from fraud.domain.trainings import TrainingStage
from fraud_training.ingest.layout import FormName
from fraud_training.ingest.spool import Spool
from fraud_training.learn.effort import Effort, candidates
from fraud_training.learn.enabled_model import EnabledModel, obstacle
from fraud_training.learn.held_out import HeldOutScores, Judged, score_held_out
from fraud_training.learn.inputs import Matrix
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.paired_scores import Rival
from fraud_training.learn.sample import Rates, Sample, draw_sample
from fraud_training.learn.search import SearchResult, search
from fraud_training.learn.splits import Split, SplitName, random_split, time_split
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.trained_model import TrainedModel, check_export, train
from fraud_training.learn.training_rows import TrainingRows

type OnStage = Callable[[TrainingStage, float], None]

EXPORT_ROWS = 100_000


@dataclass(frozen=True)
class LearnOptions:
    """What to learn, how hard to try, and the model to compare with."""

    feature_set: FeatureSet
    seed: int
    split: SplitName
    effort: Effort
    policy: PolicyChoice
    search_budget_s: float
    champion: EnabledModel | None = None


@dataclass(frozen=True)
class SplitResult:
    """A model fitted on one side of a split and its scores on the other.

    Attributes
    ----------
    train, held_out
        The sample's rows on either side.
    scores
        Of all held-out rows of the dataset.
    """

    split: Split
    train: TrainingRows
    held_out: TrainingRows
    model: TrainedModel
    scores: HeldOutScores


@dataclass(frozen=True)
class Learned:
    """Everything a card is written from.

    Attributes
    ----------
    results
        By split; the first is the one the model itself comes from.
    not_split
        Why there is no result for a split that was wanted beside it.
    export_rows, export_difference
        On how many rows ONNX Runtime was compared with scikit-learn, and the largest difference
        in probability.
    """

    results: Mapping[SplitName, SplitResult]
    not_split: Mapping[SplitName, str]
    search: SearchResult
    export_rows: int
    export_difference: float


def learn(spool: Spool, options: LearnOptions, on_stage: OnStage) -> Learned:
    """Train on a spool.

    Parameters
    ----------
    on_stage
        Told the stage and the share of the way, from 0 to 1.

    Raises
    ------
    DatasetError
        When the chosen split is impossible, or the export does not match the fit.
    """
    on_stage(TrainingStage.FITTING, 0.0)
    effort = options.effort
    rates = Rates.reaching(spool.rows - spool.frauds, effort.max_legit, effort.max_unseen)
    sample = draw_sample(spool, options.seed, rates)
    splits, not_split = _splits(sample, spool.form, options)
    sides = _sides(sample, splits, options.feature_set)
    found = _search(
        sides[options.split].train, options, lambda p: on_stage(TrainingStage.FITTING, p / 2)
    )
    models: dict[SplitName, TrainedModel] = {}
    for name, side in sides.items():
        folds = effort.folds(side.train.frauds)
        models[name] = train(
            found.best, side.train, side.unseen, folds, options.seed, options.policy
        )
        on_stage(TrainingStage.FITTING, 0.5 + 0.1 * len(models) / len(sides))
    compared = _compared(sides[options.split])
    difference = check_export(models[options.split], compared)
    on_stage(TrainingStage.EVALUATING, 0.6)
    judged = {
        name: Judged(
            OnnxScorer(models[name].onnx),
            options.feature_set,
            split,
            _rival(options, spool, models[name]) if name == options.split else None,
        )
        for name, split in splits.items()
    }
    scores = score_held_out(
        spool, judged, lambda p: on_stage(TrainingStage.EVALUATING, 0.6 + 0.4 * p)
    )
    results = {
        name: SplitResult(splits[name], side.train, side.held_out, models[name], scores[name])
        for name, side in sides.items()
    }
    return Learned(results, not_split, found, len(compared), difference)


def _rival(options: LearnOptions, spool: Spool, model: TrainedModel) -> Rival | None:
    """The champion, where it can score the dataset's rows."""
    champion = options.champion
    if champion is None or champion.verified is None or obstacle(champion, spool.columns):
        return None
    return Rival(
        OnnxScorer(champion.verified.onnx),
        champion.verified.card.feature_set,
        champion.record.policy.threshold,
        model.policy.threshold,
    )


@dataclass(frozen=True)
class _Sides:
    """The sample on either side of a split; `unseen` is on the side of `train`."""

    train: TrainingRows
    unseen: TrainingRows
    held_out: TrainingRows


def _sides(
    sample: Sample, splits: Mapping[SplitName, Split], feature_set: FeatureSet
) -> dict[SplitName, _Sides]:
    rows = TrainingRows.of(sample.records, feature_set, sample.rate)
    unseen = TrainingRows.of(sample.unseen, feature_set, sample.unseen_rate)
    sides: dict[SplitName, _Sides] = {}
    for name, split in splits.items():
        held = split.held_out(sample.records)
        sides[name] = _Sides(
            train=rows.taken(~held),
            unseen=unseen.taken(~split.held_out(sample.unseen)),
            held_out=rows.taken(held),
        )
    return sides


def _compared(side: _Sides) -> Matrix:
    """Rows to compare the export on: held-out and trained ones, 100,000 where there are."""
    X = np.concatenate([side.held_out.X, side.train.X, side.unseen.X])
    return X[:EXPORT_ROWS]


def _splits(
    sample: Sample, form: FormName, options: LearnOptions
) -> tuple[dict[SplitName, Split], dict[SplitName, str]]:
    """The chosen split first, the other where it is wanted and possible."""
    splits: dict[SplitName, Split] = {options.split: _split(options.split, sample, form, options)}
    other: SplitName = "time" if options.split == "random" else "random"
    if not options.effort.both_splits:
        return splits, {}
    try:
        splits[other] = _split(other, sample, form, options)
    except DatasetError as impossible:
        return splits, {other: impossible.message}
    return splits, {}


def _split(name: SplitName, sample: Sample, form: FormName, options: LearnOptions) -> Split:
    if name == "time":
        return time_split(sample, form)
    return random_split(sample, options.seed)


def _search(
    rows: TrainingRows, options: LearnOptions, on_progress: Callable[[float], None]
) -> SearchResult:
    effort = options.effort
    tried = candidates(rows.frauds, quick=not effort.max_search_legit)
    if len(tried) == 1:
        return SearchResult(tried[0], options.search_budget_s, [], stopped_by_clock=False)
    thinned = rows.thinned(effort.max_search_legit)
    return search(
        tried,
        thinned,
        effort.folds(rows.frauds),
        options.seed,
        options.search_budget_s,
        on_progress,
    )
