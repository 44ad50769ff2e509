"""Scored rows, counted by what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud_cli.output import print_facts


def show_counts(
    before: Mapping[str, Any],
    outcomes: Mapping[str, int],
    refused: Mapping[str, int],
    after: Mapping[str, Any],
) -> None:
    """Print what came of rows."""
    rows = sum(outcomes.values())
    facts = dict(before) | {"rows": rows + sum(refused.values())}
    for name in ("approve", "review", "block"):
        count = outcomes.get(name, 0)
        facts[name] = f"{count:,} ({count / rows:.2%})" if rows else "0"
    facts |= {f"refused, {reason}": count for reason, count in sorted(refused.items())}
    print_facts("Scored", facts | {name: value for name, value in after.items() if value})
