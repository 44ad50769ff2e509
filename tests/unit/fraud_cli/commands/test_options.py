"""Options become a policy, or a sentence that names the option at fault."""

from typing import Any

import pytest

from fraud_cli.commands.options import policy_request
from fraud_cli.errors import WrongUsage


@pytest.mark.parametrize(
    ("options", "policy"),
    [
        ((None, None, None, None), None),
        (("lowest_cost", None, None, 25.0), {"name": "lowest_cost", "false_alarm_cost": 25.0}),
        (("target_precision", 0.9, None, None), {"name": "target_precision", "target": 0.9}),
    ],
)
def test_options_that_fit_together_are_the_policy(options: Any, policy: Any) -> None:
    asked = policy_request(*options)
    assert (asked.model_dump(exclude_none=True) if asked else None) == policy


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (("target_precision", None, None, None), "--target"),
        ((None, 0.5, None, None), "--target"),
        (("best_f1", None, None, 10.0), "--false-alarm-cost"),
        (("lowest_cost", None, -1.0, None), "--missed-fraud-cost"),
    ],
)
def test_those_that_do_not_are_named(options: Any, option: str) -> None:
    with pytest.raises(WrongUsage, match=f"^{option} "):
        policy_request(*options)
