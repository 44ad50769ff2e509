"""A challenger's scores are chosen by the id, and kept in the log beside the champion's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import pack, unpack
from fraud.domain.shadows import Shadow, ShadowScore, ShadowScores, is_shadowed

AT = datetime(2026, 11, 22, 20, 0, 0, 123_000, tzinfo=UTC)
OLD_ITEM = (
    b'{"at":"2026-11-22T20:00:00.123000Z","client":"shop","request_id":"r","model_name":"first",'
    b'"model_version":3,"threshold":0.5,"latency_ms":1.25,"base":"pr_01JDAS0YQV7Z3K9W2M4N6P8R0T",'
    b'"indexes":null,"log_odds":[-1.5],"probability":[0.182426],"risk_score":[12],'
    b'"outcome":["approve"],"reasons":null,"inputs":{"type":["TRANSFER"],"amount":[5.0]},'
    b'"features":{"type":null,"amount_log":[1.79]}}'
)


@pytest.fixture(scope="module")
def ids() -> list[PredictionId]:
    return [PredictionId.new(AT) for _ in range(4000)]


@pytest.mark.parametrize("share", [0.01, 0.25, 0.5])
def test_a_share_of_requests_is_shadowed_always_the_same_ones(ids, share) -> None:
    chosen = [is_shadowed(i, share) for i in ids]
    # Five standard deviations: one run in two million fails by chance.
    tolerance = 5 * (share * (1 - share) / len(ids)) ** 0.5
    assert sum(chosen) / len(ids) == pytest.approx(share, abs=tolerance)
    assert [is_shadowed(PredictionId.parse(str(i)), share) for i in ids] == chosen


def test_a_larger_share_chooses_all_that_a_smaller_one_does(ids) -> None:
    assert all(is_shadowed(i, 0.5) for i in ids if is_shadowed(i, 0.25))
    assert all(is_shadowed(i, 1.0) for i in ids)


def test_a_batch_is_in_or_out_as_a_whole(ids) -> None:
    for batch in ids[:100]:
        assert {is_shadowed(batch.member(i), 0.5) for i in range(1000)} == {is_shadowed(batch, 0.5)}


def test_a_share_has_its_part_of_every_shard(ids) -> None:
    assert {i.shard for i in ids if is_shadowed(i, 0.25)} == set(range(32))


def shadow_of(n: int) -> ShadowScores:
    made = [ShadowScore(i / 7, 0.25 * (i % 4), "review") for i in range(n)]
    scores = [None if i % 3 == 1 else score for i, score in enumerate(made)]
    return ShadowScores("second", 4, 0.5, 0.75, scores)


@pytest.mark.parametrize("n", [3, 250, 1000])
def test_a_shadow_comes_back_as_it_was_logged(logged, n) -> None:
    shadow = shadow_of(n)
    items = pack(replace(logged(n), shadow=shadow))
    entries = [entry for item in items for entry in unpack(item.body)]
    assert [e.shadow for e in entries] == [
        Shadow("second", 4, 0.5, 0.75, score) for score in shadow.scores
    ]
    assert [e.shadow.is_fraud for e in entries[:3]] == [False, None, True]


def test_an_item_without_a_shadow_is_laid_out_as_before(logged) -> None:
    predictions = logged(1)
    (item,) = pack(predictions)
    assert b"shadow" not in item.body
    assert unpack(item.body)[0].shadow is None
    (shadowed,) = pack(replace(predictions, shadow=shadow_of(1)))
    assert unpack(shadowed.body) == [
        replace(unpack(item.body)[0], shadow=Shadow("second", 4, 0.5, 0.75, shadow_of(1).scores[0]))
    ]


def test_an_item_written_before_there_were_shadows_is_still_read() -> None:
    (entry,) = unpack(OLD_ITEM)
    assert entry.shadow is None
    assert (entry.log_odds, entry.outcome, entry.model_version) == (-1.5, "approve", 3)
    assert entry.features == {"type": "TRANSFER", "amount_log": 1.79}
