"""What a training request may say about its threshold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fraud.domain.trainings import MAX_COST, MIN_COST, MIN_TARGET, TARGETED, PolicyRequest


@pytest.mark.parametrize(
    "policy",
    [
        {"name": "best_f1"},
        {"name": "target_precision", "target": 0.9},
        {"name": "target_alert_rate", "target": 0.001},
        {"name": "lowest_cost"},
        {"name": "lowest_cost", "missed_fraud_cost": 500, "false_alarm_cost": 2.5},
    ],
)
def test_a_policy_that_makes_sense_is_taken(policy: dict[str, Any]) -> None:
    assert PolicyRequest.model_validate(policy).model_dump(exclude_none=True) == policy


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({}, "name"),
        ({"name": "best_recall"}, "name"),
        ({"name": "target_precision"}, "target"),
        ({"name": "target_alert_rate", "target": None}, "target"),
        ({"name": "target_precision", "target": 1}, "target"),
        ({"name": "target_precision", "target": 0}, "target"),
        ({"name": "target_precision", "target": 5e-324}, "target"),
        ({"name": "target_precision", "target": "0.9"}, "target"),
        ({"name": "target_precision", "target": float("nan")}, "target"),
        ({"name": "best_f1", "target": 0.9}, "target"),
        ({"name": "lowest_cost", "target": 0.9}, "target"),
        ({"name": "best_f1", "false_alarm_cost": 5}, "false_alarm_cost"),
        ({"name": "lowest_cost", "false_alarm_cost": 0}, "false_alarm_cost"),
        ({"name": "lowest_cost", "false_alarm_cost": 1e-269}, "false_alarm_cost"),
        ({"name": "lowest_cost", "missed_fraud_cost": float("inf")}, "missed_fraud_cost"),
        ({"name": "best_f1", "threshold": 0.5}, "threshold"),
    ],
)
def test_one_that_does_not_is_refused_by_its_field(policy: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PolicyRequest.model_validate(policy)
    assert [e["loc"] for e in refused.value.errors()] == [(field,)]


NAMES = ("best_f1", "target_precision", "target_alert_rate", "lowest_cost")
NUMBERS = st.none() | st.floats() | st.sampled_from([0.0, MIN_TARGET, 0.5, 1.0, MIN_COST, MAX_COST])


def makes_sense(name: str, target: float | None, costs: list[float | None]) -> bool:
    """The rules again, from the README's words rather than the model's."""
    if name not in TARGETED and target is not None:
        return False
    if name in TARGETED and (target is None or not MIN_TARGET <= target < 1):
        return False
    named = [cost for cost in costs if cost is not None]
    return not named or (
        name == "lowest_cost" and all(MIN_COST <= cost <= MAX_COST for cost in named)
    )


@given(st.sampled_from(NAMES), NUMBERS, NUMBERS, NUMBERS)
def test_a_policy_is_taken_exactly_where_its_name_and_numbers_go_together(
    name: str, target: float | None, missed: float | None, alarm: float | None
) -> None:
    sent = {"name": name, "target": target, "missed_fraud_cost": missed, "false_alarm_cost": alarm}
    try:
        PolicyRequest.model_validate(sent)
    except ValidationError:
        taken = False
    else:
        taken = True
    assert taken is makes_sense(name, target, [missed, alarm])
