"""Which windows can be replayed, and what is counted of each prediction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fraud.domain.errors import InvalidValue
from fraud.domain.labels import LabelRequest, new_label
from fraud.domain.log_listing import LogRow
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.replay_results import replay_result
from fraud.domain.replays import MAX_WINDOW, Replay, ReplayCounts, ReplayRequest
from fraud.domain.shadows import Shadow, ShadowScore

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def window(since: datetime, until: datetime) -> ReplayRequest:
    return ReplayRequest.model_validate({"from": since.isoformat(), "to": until.isoformat()})


def test_a_window_ends_now_at_the_latest() -> None:
    assert window(NOW - DAY, NOW + DAY).checked(NOW).until == NOW
    assert window(NOW - MAX_WINDOW, NOW - DAY).checked(NOW).until == NOW - DAY


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (NOW, NOW, "from"),
        (NOW - DAY, NOW - 2 * DAY, "from"),
        (NOW + DAY, NOW + 2 * DAY, "from"),
        (NOW - 4000 * DAY, NOW - 3999 * DAY, "from"),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC), "from"),
        (NOW - MAX_WINDOW - timedelta(seconds=1), NOW, "to"),
    ],
)
def test_other_windows_name_the_end_that_is_wrong(
    since: datetime, until: datetime, field: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        window(since, until).checked(NOW)
    assert [f.field for f in refused.value.fields] == [field]


def row(probability: float, is_fraud: bool | None = None) -> LogRow:
    """An answered prediction of the model `first`, with a label if one is given."""
    entry = PredictionEntry(
        id=PredictionId.new(NOW), at=NOW, client="shop", request_id="r", model_name="first",
        model_version=1, threshold=0.5, latency_ms=1.0, inputs={}, features={},
        log_odds=probability * 10, probability=probability, risk_score=1,
        outcome="block" if probability > 0.8 else "approve", reasons=None,
    )  # fmt: skip
    label = None
    if is_fraud is not None:
        label = new_label(entry, LabelRequest(is_fraud=is_fraud), "shop", NOW)
    return LogRow(entry, label)


def scored(probability: float | None) -> Shadow:
    score = None
    if probability is not None:
        outcome = "block" if probability > 0.8 else "approve"
        score = ShadowScore(probability * 10, probability, outcome)  # type: ignore[arg-type]
    return Shadow("second", 2, 0.5, 0.0, score)


def replay(counts: ReplayCounts) -> Replay:
    return Replay(
        id=1, client="alice", created_at=NOW, updated_at=NOW, model="second",
        since=NOW - DAY, until=NOW, counts=counts,
    )  # fmt: skip


def test_each_prediction_is_counted_by_what_was_and_what_would_be_said() -> None:
    counts = ReplayCounts()
    counts.add(row(0.9, is_fraud=True), scored(0.1), "")
    counts.add(row(0.1, is_fraud=True), scored(0.9), "")
    counts.add(row(0.9, is_fraud=False), scored(0.9), "")
    counts.add(row(0.1), scored(0.9), "")
    counts.add(row(0.1, is_fraud=True), scored(None), "step is missing")
    result = replay_result(replay(ReplayCounts.model_validate(counts.model_dump())))
    assert (result.rows, result.left_out) == (4, 1)
    assert result.left_out_because == {"step is missing": 1}
    assert result.answered_by == {"first": 5}
    assert result.is_fraud == {"false": {"false": 0, "true": 2}, "true": {"false": 1, "true": 1}}
    assert result.outcomes["block"] == {"approve": 1, "review": 0, "block": 1}
    assert result.alerts == {"answered": 2, "replayed": 3}
    assert result.mean_shift == 2.0
    # A label of a row that the model could not score is no measure of it.
    then, now = result.by_labels["answered"], result.by_labels["replayed"]
    assert (then.labels, then.frauds, now.labels, now.frauds) == (3, 2, 3, 2)
    assert (then.precision, then.recall) == (now.precision, now.recall) == (0.5, 0.5)
    assert then.intervals.f1
    assert "By 3 labels precision was 0.5000 and would be 0.5000" in result.summary[-1]


def test_a_model_that_can_score_nothing_says_so() -> None:
    counts = ReplayCounts()
    counts.add(row(0.9), scored(None), "step is missing")
    result = replay_result(replay(counts))
    assert result.summary == ("second could score none of 1 transactions.",)
    assert result.same_outcome is None
