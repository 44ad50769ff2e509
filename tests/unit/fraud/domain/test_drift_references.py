"""Which bin a live value belongs to."""

import math

import pytest

from fraud.domain.drift_references import Bins, DriftReference
from fraud.domain.model_cards import ModelCard

AMOUNTS = Bins(shares=(0.25, 0.25, 0.5), rows=1000, edges=(0.0, 12.5))


@pytest.mark.parametrize(("value", "place"), [(0.0, 0), (1e-9, 1), (12.5, 1), (12.6, 2), (1e9, 2)])
def test_a_value_on_an_edge_belongs_below_it(value, place):
    assert AMOUNTS.place(value) == place


def test_bins_have_names_that_people_read():
    assert [AMOUNTS.name(i) for i in range(3)] == ["up to 0", "0 to 12.5", "above 12.5"]
    types = Bins(shares=(0.4, 0.6), rows=10, categories=("DEBIT", "TRANSFER"))
    assert types.name(types.place("TRANSFER")) == "TRANSFER"
    with pytest.raises(KeyError):
        types.place("GIFT")


def card(evaluation):
    return ModelCard.model_construct(
        split="random",
        dataset=ModelCard.model_fields["dataset"].annotation.model_construct(rows=1000),
        evaluation=evaluation,
    )


def test_a_card_gives_scores_in_log_odds_and_inputs_with_a_margin_for_rounding():
    edge = 9.210440366976517  # ln(10,001), which the training data holds in 32 bits
    reference = DriftReference.of(
        card(
            {
                "splits": {"random": {"held_out_rows": 400}},
                "drift_reference": {
                    "scores": {"edges": [0.5, 0.9], "shares": [0.7, 0.2, 0.1]},
                    "inputs": {
                        "amount_log": {"edges": [9.21044], "shares": [0.5, 0.5]},
                        "type": {"categories": ["A", "B"], "shares": [0.9, 0.1]},
                    },
                },
            }
        )
    )
    assert reference.scores.edges == pytest.approx((0.0, math.log(9)))
    assert (reference.scores.rows, reference.features["type"].rows) == (400, 600)
    assert reference.features["amount_log"].place(edge) == 0
    assert reference.features["amount_log"].place(edge + 0.001) == 1


def test_a_card_from_a_training_without_a_reference_gives_none():
    assert DriftReference.of(card({})) is None
