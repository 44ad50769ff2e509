"""A dataset may be learnt from in parts."""

from __future__ import annotations

import numpy as np
import pytest

from fraud.domain.features import TRANSACTION
from fraud_training.learn.effort import candidates
from fraud_training.learn.held_out import Judged, score_held_out
from fraud_training.learn.onnx_model import OnnxScorer
from fraud_training.learn.sample import Rates, draw_sample, merged
from fraud_training.learn.splits import random_split
from fraud_training.learn.thresholds import PolicyChoice
from fraud_training.learn.trained_model import train
from fraud_training.learn.training_rows import TrainingRows

RATES = Rates(0.5, 0.5)
SHARDS = 10


def learnt(sample):
    """A model and its split from a sample."""
    split = random_split(sample, 1)
    records, unseen = (part[~split.held_out(part)] for part in (sample.records, sample.unseen))
    model = train(
        candidates(200, quick=True)[0],
        TrainingRows.of(records, TRANSACTION, sample.rate),
        TrainingRows.of(unseen, TRANSACTION, sample.unseen_rate),
        2,
        1,
        PolicyChoice(),
    )
    return model, split


def scores_of(spool, model, split):
    judged = Judged(OnnxScorer(model.onnx), TRANSACTION, split)
    return score_held_out(spool, {"random": judged})["random"]


@pytest.fixture(scope="module")
def shards(spool, shards_of):
    return shards_of(spool, SHARDS)


def test_ten_shards_give_the_model_of_one_file(spool, shards):
    one, _ = learnt(draw_sample(spool, 1, RATES))
    ten, _ = learnt(merged([draw_sample(shard, 1, RATES) for shard in shards], 1))
    assert one.onnx == ten.onnx
    assert one.policy == ten.policy


def test_held_out_scores_of_shards_add_up(spool, shards):
    model, split = learnt(draw_sample(spool, 1, RATES))
    whole = scores_of(spool, model, split)
    summed = scores_of(shards[0], model, split)
    for shard in shards[1:]:
        summed += scores_of(shard, model, split)
    np.testing.assert_array_equal(summed.overall.fraud, whole.overall.fraud)
    np.testing.assert_array_equal(summed.overall.legit, whole.overall.legit)
    np.testing.assert_array_equal(summed.by_day.legit, whole.by_day.legit)
    assert whole.by_type.legit.sum() == whole.overall.legit.sum()
    assert whole.overall.frauds == 80
