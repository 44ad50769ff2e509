"""A challenger beside the champion, counted by the hour and shown as one comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fraud.domain.labels import Label, Predicted
from fraud.domain.live_comparison import live_comparison, live_in_words
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.shadow_counts import Pair, ShadowCounts, ShadowTally
from fraud.domain.shadows import Shadow, ShadowScore
from fraud.domain.ulids import new_ulid

AT = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAIR = Pair("second", "first")


def entry(champion: float, challenger: float | None, **changes) -> PredictionEntry:
    """A prediction with these log-odds; above 0 is fraud and blocked, above -1 reviewed."""

    def outcome(log_odds: float) -> str:
        return "block" if log_odds > 0 else "review" if log_odds > -1 else "approve"

    score = None
    if challenger is not None:
        score = ShadowScore(challenger, float(challenger > 0), outcome(challenger))
    made = PredictionEntry(
        id=PredictionId.new(AT),
        at=AT,
        client="shop",
        request_id="r",
        model_name="first",
        model_version=1,
        threshold=0.5,
        latency_ms=1.0,
        inputs={},
        features={},
        log_odds=champion,
        probability=float(champion > 0),
        risk_score=1,
        outcome=outcome(champion),
        reasons=None,
        shadow=Shadow("second", 2, 0.5, 0.3, score),
    )
    return replace(made, **changes)


def counted(*entries: PredictionEntry) -> ShadowCounts:
    tally = ShadowTally()
    for one in entries:
        tally.add(one)
    return tally.pairs[PAIR]


def label(of: PredictionEntry, arrived: datetime, *, is_fraud: bool) -> Label:
    return Label(of.id, new_ulid(arrived), is_fraud, arrived, "shop", Predicted.of(of))


def test_agreement_and_shift_are_those_of_the_rows_that_both_scored() -> None:
    counts = counted(
        entry(1.0, 2.0), entry(1.0, -0.5), entry(-3.0, -3.05), entry(-3.0, -0.5), entry(-3.0, None)
    )
    shown = live_comparison(PAIR, counts)
    assert (shown.rows, shown.left_out) == (4, 1)
    assert shown.is_fraud == {"false": {"false": 2, "true": 0}, "true": {"false": 1, "true": 1}}
    assert shown.outcomes["approve"] == {"approve": 1, "review": 1, "block": 0}
    assert shown.outcomes["block"] == {"approve": 0, "review": 1, "block": 1}
    assert (shown.same_is_fraud, shown.same_outcome) == (0.75, 0.5)
    assert shown.mean_shift == pytest.approx((1.0 - 1.5 - 0.05 + 2.5) / 4, abs=1e-4)
    by_shift = {(b.low, b.high): b.rows for b in shown.shifts if b.rows}
    assert by_shift == {(1.0, 2.0): 1, (-2.0, -1.0): 1, (-0.1, 0.1): 1, (2.0, 4.0): 1}


def test_counts_of_hours_add_up() -> None:
    entries = [entry(1.0, 2.0), entry(-3.0, 0.5), entry(-3.0, None), entry(-0.5, 4.0)]
    parts = counted(*entries[:2]) + counted(*entries[2:])
    assert parts == counted(*entries)
    assert ShadowCounts.model_validate_json(parts.model_dump_json()) == parts


def test_predictions_without_a_challenger_and_other_pairs_are_counted_apart() -> None:
    tally = ShadowTally()
    tally.add(entry(1.0, 1.0, shadow=None))
    assert not tally.pairs
    tally.add(entry(1.0, 1.0))
    tally.add(entry(1.0, 1.0, model_name="third"))
    assert {pair: c.rows for pair, c in tally.pairs.items()} == {
        PAIR: 1,
        Pair("second", "third"): 1,
    }


def test_both_models_are_judged_by_the_labels_of_the_same_rows() -> None:
    tally = ShadowTally()
    rows = [
        (entry(1.0, 1.0), True),
        (entry(1.0, -1.0), False),
        (entry(-1.0, 1.0), True),
        (entry(-1.0, -1.0), True),
        (entry(-1.0, None), True),  # not scored by both
    ]
    for made, is_fraud in rows:
        tally.add_labels([label(made, AT + HOUR, is_fraud=is_fraud)], AT + HOUR)
    shown = live_comparison(PAIR, tally.pairs[PAIR] + counted(*[made for made, _ in rows]))
    assert (shown.labels, shown.frauds) == (4, 3)
    champion, challenger = shown.by_labels["champion"], shown.by_labels["challenger"]
    assert (champion.alerts, champion.caught) == (2, 1)
    assert (champion.precision, champion.recall) == (0.5, pytest.approx(1 / 3, abs=1e-4))
    assert (challenger.precision, challenger.recall) == (1.0, pytest.approx(2 / 3, abs=1e-4))
    assert live_in_words(shown) == (
        "On 4 live transactions second and first agree on 50.0% of outcomes; the log-odds of "
        "second are +0.0000 apart on average. By 4 labels second has precision 1.0000 and recall "
        "0.6667, first has precision 0.5000 and recall 0.3333."
    )


def test_a_label_that_replaces_another_takes_back_what_that_one_said() -> None:
    made = entry(1.0, -1.0)
    first = label(made, AT + HOUR, is_fraud=True)
    second = label(made, AT + 3 * HOUR, is_fraud=False)
    total = ShadowCounts()
    for hours in range(5):
        tally = ShadowTally()
        tally.add_labels([first, second], AT + hours * HOUR - timedelta(minutes=20))
        total = sum(tally.pairs.values(), total)
    assert (total.champion.false_positives, total.champion.true_positives) == (1, 0)
    assert (total.challenger.true_negatives, total.challenger.false_negatives) == (1, 0)


def test_without_a_single_row_there_is_nothing_to_show() -> None:
    assert live_comparison(PAIR, ShadowCounts()) is None
    left_out = live_comparison(PAIR, counted(entry(1.0, None)))
    assert (left_out.rows, left_out.left_out, left_out.mean_shift) == (0, 1, None)
    assert live_in_words(left_out) == "second could score none of 1 live transactions."
