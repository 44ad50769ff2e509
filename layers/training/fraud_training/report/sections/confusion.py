"""What the model gets right and wrong at its threshold."""

from __future__ import annotations

from fraud_training.report.blocks import paragraph
from fraud_training.report.judgement import Judgement
from fraud_training.report.markup import Markup, element, joined
from fraud_training.report.wording import NOTHING, percent, score, thousands


def confusion(judgement: Judgement) -> Markup:
    """The four counts, and what share of its row each is."""
    if "confusion" not in judgement.own:
        return Markup("")
    found = judgement.own["confusion"]
    caught, missed = found["true_positives"], found["false_negatives"]
    alarms, passed = found["false_positives"], found["true_negatives"]
    head = element(
        "tr",
        *(element("th", name, scope="col") for name in ("What it was", "Alert", "No alert", "All")),
    )
    rows = (
        _row("Fraud", "of frauds", (caught, "caught", "right"), (missed, "missed", "wrong")),
        _row(
            "Legitimate",
            "of legitimate",
            (alarms, "false alarms", "wrong"),
            (passed, "passed", "right"),
        ),
        element(
            "tr",
            element("th", "All", scope="row"),
            element("td", *_counted(caught + alarms, f"{_share(caught, alarms)} are frauds")),
            element("td", *_counted(missed + passed, f"{_share(missed, passed)} are frauds")),
            element("td", *_counted(caught + missed + alarms + passed, "")),
        ),
    )
    caption = f"Confusion matrix at the threshold {score(judgement.own['threshold'])}"
    drawn = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *rows),
        cls="confusion",
    )
    return joined(
        (
            element("div", drawn, cls="wide", role="region", aria_label=caption, tabindex="0"),
            paragraph(
                "Rows are what the transactions were, columns what the model said. It makes two "
                "kinds of mistake: a missed fraud costs its amount, a false alarm an analyst's "
                "time and a customer's patience."
            ),
        )
    )


def _row(name: str, of: str, *cells: tuple[int, str, str]) -> Markup:
    total = sum(count for count, _, _ in cells)
    return element(
        "tr",
        element("th", name, scope="row"),
        *(
            element(
                "td", *_counted(count, f"{word}: {_share(count, total - count)} {of}"), cls=style
            )
            for count, word, style in cells
        ),
        element("td", *_counted(total, "")),
    )


def _counted(count: int, small: str) -> tuple[Markup | str, ...]:
    return element("b", thousands(count)), element("small", small) if small else ""


def _share(part: int, rest: int) -> str:
    return percent(part / (part + rest)) if part + rest else NOTHING
