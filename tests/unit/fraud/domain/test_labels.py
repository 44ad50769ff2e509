"""Which label counts, and which says nothing new."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fraud.domain.errors import InvalidValue
from fraud.domain.labels import (
    CLOCK_SKEW,
    Label,
    LabelRequest,
    counting,
    labels_prefix,
    new_label,
    repeated,
)
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry, pack, unpack

PREDICTED_AT = datetime(2026, 11, 22, 20, 0, 0, 500_000, tzinfo=UTC)
NOW = PREDICTED_AT + timedelta(days=30)


@pytest.fixture
def entry(predicted) -> PredictionEntry:
    (item,) = pack(predicted(random.Random(1), PREDICTED_AT, client="shop", outcome="review"))  # noqa: S311
    return unpack(item.body)[0]


def label(
    entry: PredictionEntry,
    day: float = 1,
    *,
    is_fraud: bool = True,
    client: str = "shop",
    received: datetime = NOW,
) -> Label:
    at = PREDICTED_AT + timedelta(days=day)
    return new_label(entry, LabelRequest(is_fraud=is_fraud, labelled_at=at), client, received)


def test_a_label_keeps_what_live_metrics_need(entry) -> None:
    made = label(entry)
    assert (made.prediction_id, made.client, made.received_at) == (entry.id, "shop", NOW)
    predicted = made.predicted
    assert (predicted.at, predicted.model_name) == (entry.at, entry.model_name)
    assert (predicted.outcome, predicted.probability, predicted.is_fraud) == ("review", 0.4, False)


@pytest.mark.parametrize("index", [None, 0, 1, 9, 17, 99, 249, 250, 499, 500, 749, 750, 999])
def test_labels_lie_beside_their_prediction_and_above_its_item(entry, index) -> None:
    member = replace(entry, id=PredictionId(entry.id.base, index))
    key, item = label(member).log_key(2), member.id.log_key
    assert key.pk == item.pk
    assert key.sk.startswith(labels_prefix(member.id))
    assert item.sk < key.sk < entry.id.base + "~"


@given(st.permutations(range(5)))
def test_the_label_found_last_counts_however_they_came(order) -> None:
    rng = random.Random(0)  # noqa: S311
    labels = [
        Label(
            PredictionId("pr_01M82MVDB1C5ZZ0VMYJFYDCW1H"),
            id=f"01M82MVDB1C5ZZ0VMYJFYDCW1{came}",
            is_fraud=rng.random() < 0.5,
            labelled_at=NOW + timedelta(days=found),
            client="shop",
            predicted=None,  # type: ignore[arg-type]
        )
        for came, found in enumerate((1, 3, 2, 3, 0))
    ]
    assert counting([labels[i] for i in order]) == labels[3]


def test_without_labels_none_counts() -> None:
    assert counting([]) is None


def test_the_same_words_of_the_same_time_and_client_are_a_repetition(entry) -> None:
    first, later = label(entry, 1), label(entry, 2, is_fraud=False)
    request = LabelRequest(is_fraud=True, labelled_at=first.labelled_at)
    assert repeated(request, "shop", [first, later]) == first
    assert repeated(request, "office", [first, later]) is None
    assert repeated(request.model_copy(update={"is_fraud": False}), "shop", [first]) is None
    elsewhen = request.model_copy(update={"labelled_at": NOW})
    assert repeated(elsewhen, "shop", [first, later]) is None


def test_without_a_time_only_the_label_that_counts_can_be_repeated(entry) -> None:
    first, later = label(entry, 1), label(entry, 2, is_fraud=False)
    assert repeated(LabelRequest(is_fraud=False), "shop", [first, later]) == later
    assert repeated(LabelRequest(is_fraud=True), "shop", [first, later]) is None
    assert repeated(LabelRequest(is_fraud=False), "office", [first, later]) is None
    assert repeated(LabelRequest(is_fraud=True), "shop", []) is None


def test_without_a_time_it_was_found_out_now(entry) -> None:
    made = new_label(entry, LabelRequest(is_fraud=True), "shop", NOW)
    assert made.labelled_at == made.received_at == NOW


def test_words_without_a_time_count_after_a_label_from_a_clock_ahead(entry) -> None:
    ahead = LabelRequest(is_fraud=True, labelled_at=NOW + CLOCK_SKEW)
    first = new_label(entry, ahead, "shop", NOW)
    soon = NOW + timedelta(seconds=1)
    correction = LabelRequest(is_fraud=False)
    second = new_label(entry, correction, "shop", soon, [first])
    assert counting([first, second]) == second
    assert repeated(correction, "shop", [first, second]) == second
    # At the same time as another one, or on a clock that is behind, it still comes after it.
    third = new_label(entry, LabelRequest(is_fraud=True), "shop", NOW, [second, first])
    assert counting([first, second, third]) == third


def test_clocks_may_differ_a_little(entry) -> None:
    soon = LabelRequest(is_fraud=True, labelled_at=NOW + CLOCK_SKEW)
    assert new_label(entry, soon, "shop", NOW).labelled_at == NOW + CLOCK_SKEW
    second = LabelRequest(is_fraud=True, labelled_at=PREDICTED_AT.replace(microsecond=0))
    assert new_label(entry, second, "shop", NOW).labelled_at < PREDICTED_AT


@pytest.mark.parametrize(
    "at", [NOW + CLOCK_SKEW + timedelta(seconds=1), PREDICTED_AT - timedelta(seconds=1)]
)
def test_the_future_and_the_time_before_the_prediction_are_refused(entry, at) -> None:
    with pytest.raises(InvalidValue) as refused:
        new_label(entry, LabelRequest(is_fraud=True, labelled_at=at), "shop", NOW)
    assert refused.value.fields[0].field == "labelled_at"


def test_is_fraud_is_a_bool_and_nothing_else() -> None:
    for value in (1, 0, "true", None, 1.0):
        with pytest.raises(ValidationError):
            LabelRequest.model_validate({"is_fraud": value})
