"""`report.html`: one file, no scripts, nothing fetched, readable on screen and on paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fraud.domain.findings import Finding
from fraud.domain.model_cards import ModelCard
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup, element, joined
from fraud_training.report.sections.calibration import calibration
from fraud_training.report.sections.champion import champion as compared
from fraud_training.report.sections.confusion import confusion
from fraud_training.report.sections.curves import curves
from fraud_training.report.sections.findings import findings as found
from fraud_training.report.sections.groups import groups
from fraud_training.report.sections.held_out import held_out
from fraud_training.report.sections.importance import importance
from fraud_training.report.sections.making import making
from fraud_training.report.sections.search import search
from fraud_training.report.sections.summary import summary
from fraud_training.report.sections.thresholds import error_rates, ladder
from fraud_training.report.style import STYLE

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

SECTIONS: Sequence[tuple[str, str, Callable[[Judgement], Markup]]] = (
    ("champion", "Against the champion", compared),
    ("held-out", "How it was measured", held_out),
    ("findings", "What was found in the data", found),
    ("curves", "How well it separates", curves),
    ("confusion", "Right and wrong at the threshold", confusion),
    ("errors", "Errors against the threshold", error_rates),
    ("ladder", "Other thresholds", ladder),
    ("calibration", "Do probabilities mean what they say", calibration),
    ("importance", "What it looks at", importance),
    ("groups", "By type and by day", groups),
    ("search", "Why this model won", search),
    ("making", "What it was made of", making),
)
"""Anchor, heading, and what gives the section: no markup, no section."""


def write_report(
    card: ModelCard, findings: Sequence[Finding], path: Path, champion: ModelCard | None = None
) -> None:
    """Write a model's report.

    Parts that a card does not have (after a quick training: intervals, tables and curves) are left
    out.

    Parameters
    ----------
    findings
        About the dataset, in any order.
    path
        The file to write, UTF-8.
    champion
        The enabled model's card, to compare with.
    """
    path.write_text(page(Judgement(card, findings, champion)), encoding="utf-8")


def page(judgement: Judgement) -> str:
    """The document, well-formed both as HTML and as XML."""
    sections = [
        (anchor, heading, content)
        for anchor, heading, section in SECTIONS
        if (content := section(judgement))
    ]
    links = (
        element("li", element("a", heading, href=f"#{anchor}")) for anchor, heading, _ in sections
    )
    body = element(
        "body",
        element(
            "main",
            summary(judgement),
            element("nav", element("ul", *links), aria_label="Contents"),
            *(
                element("section", element("h2", heading), content, id=anchor)
                for anchor, heading, content in sections
            ),
        ),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(judgement), body, lang='en')}\n"


def _head(judgement: Judgement) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}"/>'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{judgement.card.name}: fraud model report"),
        joined((element("style", Markup(STYLE)),)),
    )
