"""What is to be said when a model looks better at random than over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fraud.domain.findings import Finding, Level

LARGE_GAP = 0.1
NOTICEABLE_GAP = 0.02
"""Below this a gap beyond doubt is still of no consequence: a million rows prove anything."""


def split_findings(evaluation: Mapping[str, Any]) -> list[Finding]:
    """Warn of a large gap between the splits, and note where one was impossible.

    Parameters
    ----------
    evaluation
        The card's.
    """
    findings = [
        Finding(code=f"{name}_split_impossible", level=Level.INFO, message=_sentence(message))
        for name, message in evaluation["not_split"].items()
    ]
    splits = evaluation["splits"]
    if {"random", "time"} <= splits.keys() and _large(splits["random"], splits["time"]):
        at_random, later = (splits[name]["metrics"]["auprc"] for name in ("random", "time"))
        findings.append(
            Finding(
                code="split_gap",
                level=Level.WARNING,
                message=(
                    f"Held-out rows drawn at random give an AUPRC of {at_random:.3f}, the latest "
                    f"rows {later:.3f}: the model has learnt what does not last. Expect the second "
                    "figure on new transactions, train often, and prefer the split by time."
                ),
            )
        )
    return findings


def _large(at_random: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Whether the AUPRC by time is lower by more than 0.1, or by 0.02 with intervals apart."""
    gap = at_random["metrics"]["auprc"] - later["metrics"]["auprc"]
    apart = later["intervals"]["auprc"][1] < at_random["intervals"]["auprc"][0]
    return bool(gap > LARGE_GAP or (gap > NOTICEABLE_GAP and apart))


def _sentence(message: str) -> str:
    return f"{message[0].upper()}{message[1:]}."
