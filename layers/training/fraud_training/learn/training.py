"""From a sample to fitted models: split, search, fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from fraud.domain.errors import DatasetError
from fraud.domain.features import FeatureSet
from fraud_training.ingest.layout import FormName
from fraud_training.learn.effort import Effort, candidates
from fraud_training.learn.inputs import Matrix
from fraud_training.learn.sample import Sample
from fraud_training.learn.search import SearchResult, search
from fraud_training.learn.splits import AnySplit, SplitName, random_split, time_split
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.trained_model import TrainedModel, check_export, train
from fraud_training.learn.training_rows import TrainingRows

EXPORT_ROWS = 100_000
SEARCHED = 5 / 6
"""Share of the way on which a candidate has been chosen."""


@dataclass(frozen=True)
class LearnOptions:
    """What to learn, and how hard to try."""

    feature_set: FeatureSet
    seed: int
    split: SplitName
    effort: Effort
    policy: PolicyChoice
    search_budget_s: float


@dataclass(frozen=True)
class SplitFit:
    """A model fitted on one side of a split.

    Attributes
    ----------
    train, held_out
        The sample's rows on either side.
    """

    split: AnySplit
    train: TrainingRows
    held_out: TrainingRows
    model: TrainedModel


@dataclass(frozen=True)
class Learned:
    """What was fitted, before it is judged.

    Attributes
    ----------
    fits
        By split; the first is the one the model itself comes from.
    not_split
        Why there is none for a split that was wanted beside it.
    export_rows, export_difference
        On how many rows ONNX Runtime was compared with scikit-learn, and the largest difference
        in probability.
    """

    fits: Mapping[SplitName, SplitFit]
    not_split: Mapping[SplitName, str]
    search: SearchResult
    export_rows: int
    export_difference: float

    @property
    def first(self) -> SplitFit:
        """The fit that the model comes from."""
        return next(iter(self.fits.values()))


def learn(
    sample: Sample, form: FormName, options: LearnOptions, on_progress: Callable[[float], None]
) -> Learned:
    """Fit on a sample, which is all that fitting sees of a dataset.

    Parameters
    ----------
    on_progress
        Told the share of the way, from 0 to 1.

    Raises
    ------
    DatasetError
        When the chosen split is impossible, or the export does not match the fit.
    """
    effort = options.effort
    splits, not_split = _splits(sample, form, options)
    sides = _sides(sample, splits, options.feature_set)
    found = _search(sides[options.split].train, options, lambda p: on_progress(SEARCHED * p))
    models: dict[SplitName, TrainedModel] = {}
    for name, side in sides.items():
        folds = effort.folds(side.train.frauds)
        models[name] = train(
            found.best, side.train, side.unseen, folds, options.seed, options.policy
        )
        on_progress(SEARCHED + (1 - SEARCHED) * len(models) / len(sides))
    compared = _compared(sides[options.split])
    difference = check_export(models[options.split], compared)
    fits = {
        name: SplitFit(splits[name], side.train, side.held_out, models[name])
        for name, side in sides.items()
    }
    return Learned(fits, not_split, found, len(compared), difference)


@dataclass(frozen=True)
class _Sides:
    """The sample on either side of a split; `unseen` is on the side of `train`."""

    train: TrainingRows
    unseen: TrainingRows
    held_out: TrainingRows


def _sides(
    sample: Sample, splits: Mapping[SplitName, AnySplit], feature_set: FeatureSet
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
) -> tuple[dict[SplitName, AnySplit], dict[SplitName, str]]:
    """The chosen split first, the other where it is wanted and possible."""
    own = _split(options.split, sample, form, options)
    splits: dict[SplitName, AnySplit] = {options.split: own}
    other: SplitName = "time" if options.split == "random" else "random"
    if not options.effort.both_splits:
        return splits, {}
    try:
        splits[other] = _split(other, sample, form, options)
    except DatasetError as impossible:
        return splits, {other: impossible.message}
    return splits, {}


def _split(name: SplitName, sample: Sample, form: FormName, options: LearnOptions) -> AnySplit:
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
