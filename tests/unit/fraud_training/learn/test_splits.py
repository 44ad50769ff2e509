"""What is held out depends on the rows alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fraud.domain.errors import DatasetError
from fraud_training.learn.inputs import labels
from fraud_training.learn.sample import Rates, draw_sample, merged
from fraud_training.learn.splits import random_split, time_split

EVERYTHING = Rates(1.0, 0.0)
SOME = Rates(0.2, 0.3)


@pytest.fixture
def sample(spool):
    return draw_sample(spool, 1, EVERYTHING)


def test_exactly_forty_percent_of_the_frauds_are_held_out_at_random(sample):
    held = random_split(sample, 1).held_out(sample.records)
    fraud = labels(sample.records)
    assert held[fraud].sum() == round(0.4 * fraud.sum())
    assert held[~fraud].mean() == pytest.approx(0.4, abs=0.02)


def test_the_time_split_holds_out_the_latest_rows(sample):
    held = time_split(sample, "paysim").held_out(sample.records)
    step = sample.records["step"]
    assert step[held].min() > step[~held].max()
    assert held.mean() == pytest.approx(0.4, abs=0.01)


def test_another_seed_holds_out_other_rows(sample):
    one, two = (random_split(sample, seed).held_out(sample.records) for seed in (1, 2))
    assert 0.4 < (one != two).mean() < 0.6


def test_equal_rows_are_on_the_same_side(spool, rows, spool_of):
    twice = draw_sample(spool_of(replace(rows, cells=rows.cells * 2)), 1, EVERYTHING)
    held = random_split(twice, 1).held_out(twice.records)
    keys = twice.records["key"]
    assert len(np.intersect1d(keys[held], keys[~held])) == 0


def test_a_period_without_frauds_at_one_end_cannot_be_split_by_time(rows, spool_of):
    early = [c for c in rows.cells if c[-1] == "0" or int(c[0]) < 5] + [
        ["1", *c[1:]] for c in rows.cells if c[-1] == "1"
    ]
    sample = draw_sample(spool_of(replace(rows, cells=early)), 1, EVERYTHING)
    with pytest.raises(DatasetError, match="split by time") as raised:
        time_split(sample, "paysim")
    assert raised.value.code == "time_split_impossible"


def test_shards_give_the_sample_of_the_whole(spool, shards_of):
    whole = draw_sample(spool, 3, SOME)
    together = merged([draw_sample(shard, 3, SOME) for shard in shards_of(spool, 7)[::-1]], 3)
    assert together.records.tobytes() == whole.records.tobytes()
    assert together.unseen.tobytes() == whole.unseen.tobytes()
    np.testing.assert_array_equal(together.rows_at, whole.rows_at)
    np.testing.assert_array_equal(together.frauds_at, whole.frauds_at)


def test_a_sample_has_every_fraud_and_no_row_twice(spool):
    sample = draw_sample(spool, 3, SOME)
    legit = spool.rows - spool.frauds
    assert labels(sample.records).sum() == spool.frauds
    assert (~labels(sample.records)).sum() == pytest.approx(0.2 * legit, rel=0.1)
    assert len(sample.unseen) == pytest.approx(0.3 * legit, rel=0.1)
    assert not labels(sample.unseen).any()
    assert len(np.intersect1d(sample.records["key"], sample.unseen["key"])) == 0


def test_rates_take_all_rows_of_a_small_file_and_leave_none_unseen():
    assert Rates.reaching(1_000, 5_000, 5_000) == Rates(1.0, 0.0)
    assert Rates.reaching(10_000, 5_000, 50_000) == Rates(0.5, 0.5)


@pytest.mark.parametrize("more", [1, 5, 100, 4_999])
def test_too_few_rows_left_over_are_not_set_aside_as_unseen(more):
    rates = Rates.reaching(5_000 + more, 5_000, 50_000)
    assert rates == Rates(pytest.approx(5_000 / (5_000 + more)), 0.0)
