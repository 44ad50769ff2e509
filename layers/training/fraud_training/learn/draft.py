"""A fitted model before it is judged: all that its card will say but what held-out rows say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from fraud.domain.features import FeatureSet
from fraud.domain.findings import Finding
from fraud.domain.model_cards import ThresholdPolicy
from fraud_training.ingest.layout import FORMS, FormName
from fraud_training.learn.artifacts import golden, model_parameters
from fraud_training.learn.drift_reference import input_distributions
from fraud_training.learn.enabled_model import EnabledModel, obstacle
from fraud_training.learn.held_out import Judged
from fraud_training.learn.importance import permutation_importance
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.paired_scores import Rival
from fraud_training.learn.references import baseline
from fraud_training.learn.splits import RandomSplit, SplitName, TimeSplit
from fraud_training.learn.training import Learned, LearnOptions


class SplitDraft(BaseModel):
    """One split's rule, and what is needed to score its held-out rows."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    rule: RandomSplit | TimeSplit
    policy: ThresholdPolicy
    onnx: bytes


class Draft(BaseModel):
    """What is known of a model when it is fitted; as JSON it goes to whoever scores and finishes.

    Attributes
    ----------
    splits
        The model's own first.
    resamples
        For the intervals; 0 leaves out all but point metrics.
    importance, inputs
        None where only point metrics are wanted.
    findings
        What the sample gives to say of the dataset.
    """

    form: FormName
    feature_set: FeatureSet
    seed: int
    split: SplitName
    splits: dict[SplitName, SplitDraft]
    not_split: dict[SplitName, str]
    algorithm: str
    parameters: dict[str, Any]
    baseline: tuple[float, ...]
    golden: dict[str, Any]
    search: dict[str, Any]
    sampling: dict[str, Any]
    export: dict[str, Any]
    resamples: int
    importance: list[dict[str, Any]] | None = None
    inputs: dict[str, dict[str, Any]] | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def own(self) -> SplitDraft:
        """The split that the model comes from."""
        return self.splits[self.split]

    @property
    def columns(self) -> tuple[str, ...]:
        """The dataset's."""
        return FORMS[self.form].columns


def drafted(
    learned: Learned, form: FormName, options: LearnOptions, findings: Sequence[Finding]
) -> Draft:
    """What a card will say of a model whatever its scores."""
    first, resamples = learned.first, options.effort.resamples
    scorer = OnnxScorer(first.model.onnx)
    return Draft(
        form=form,
        feature_set=options.feature_set,
        seed=options.seed,
        split=options.split,
        splits={
            name: SplitDraft(rule=fit.split, policy=fit.model.policy, onnx=fit.model.onnx)
            for name, fit in learned.fits.items()
        },
        not_split=dict(learned.not_split),
        algorithm=first.model.candidate.algorithm,
        parameters=model_parameters(first.model),
        baseline=baseline(first.train),
        golden=golden(first.model, first.held_out.X),
        search={
            "budget_s": learned.search.budget_s,
            "candidates": learned.search.record,
            "stopped_by_clock": learned.search.stopped_by_clock,
        },
        sampling={
            "rate": first.train.rate,
            "fitted_rows": len(first.train.y_true),
            "fitted_frauds": first.train.frauds,
        },
        export={"rows": learned.export_rows, "largest_difference": learned.export_difference},
        resamples=resamples,
        importance=(
            permutation_importance(scorer, first.held_out, options.seed) if resamples else None
        ),
        inputs=input_distributions(first.train) if resamples else None,
        findings=tuple(findings),
    )


def judges(draft: Draft, champion: EnabledModel | None) -> Mapping[SplitName, Judged]:
    """What scores the held-out rows of each split; the champion scores those of the model's own."""
    return {
        name: Judged(
            OnnxScorer(split.onnx),
            draft.feature_set,
            split.rule,
            _rival(draft, champion) if name == draft.split else None,
        )
        for name, split in draft.splits.items()
    }


def _rival(draft: Draft, champion: EnabledModel | None) -> Rival | None:
    """The champion, where it can score the dataset's rows."""
    if champion is None or champion.verified is None or obstacle(champion, draft.columns):
        return None
    return Rival(
        OnnxScorer(champion.verified.onnx),
        champion.verified.card.feature_set,
        champion.record.policy.threshold,
        draft.own.policy.threshold,
    )
