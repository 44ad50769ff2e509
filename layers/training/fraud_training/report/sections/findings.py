"""What was found in the data."""

from __future__ import annotations

from fraud.domain.findings import Finding, Level
from fraud_training.ingest.findings import counted
from fraud_training.report.blocks import paragraph
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup, element

_ORDER = (Level.ERROR, Level.WARNING, Level.INFO)
_MOST = 100


def findings(judgement: Judgement) -> Markup:
    """All findings, the gravest first."""
    found = sorted(judgement.findings, key=lambda finding: _ORDER.index(finding.level))
    if not found:
        return paragraph("Nothing in the data calls for attention.")
    left_out = len(found) - _MOST
    rest = element("li", f"and {left_out:,} more") if left_out > 0 else Markup("")
    return element("ul", *(_item(finding) for finding in found[:_MOST]), rest, cls="findings")


def _item(finding: Finding) -> Markup:
    where = [finding.code]
    if finding.column is not None:
        where.append(f"column {finding.column}")
    if finding.rows is not None:
        where.append(counted(finding.rows, "row"))
    return element(
        "li",
        element("b", finding.level.value, cls="badge"),
        " ",
        finding.message,
        element("small", " · ".join(where)),
        cls=finding.level.value,
    )
