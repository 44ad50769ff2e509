"""The blocks a section is built of: figures, tables, notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fraud_training.report.markup import Content, Markup, element, joined


@dataclass(frozen=True)
class Key:
    """One entry of a legend: the style and shape of the mark it explains."""

    style: str
    name: str
    shape: Literal["line", "box", "dot"] = "line"


def figure(heading: str, drawing: Markup, reading: Content, legend: Iterable[Key] = ()) -> Markup:
    """A chart under its heading, with a legend and how to read it."""
    keys = [element("li", _swatch(key), key.name) for key in legend]
    return element(
        "figure",
        element("h3", heading),
        element("ul", *keys, cls="legend") if keys else "",
        drawing,
        element("figcaption", reading),
    )


def side_by_side(*parts: Content) -> Markup:
    """Blocks next to each other where there is room."""
    return element("div", *parts, cls="pair")


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Content]],
    *,
    marked: int | None = None,
    words: bool = False,
) -> Markup:
    """A table whose first column names its rows.

    Parameters
    ----------
    marked
        The row to stand out.
    words
        Whether cells hold words, which are set to the left, and not numbers.
    """
    head = element("tr", *(element("th", name, scope="col") for name in columns))
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell) for cell in row[1:]),
            cls="marked" if i == marked else None,
        )
        for i, row in enumerate(rows)
    ]
    drawn = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", *body),
        cls="words" if words else None,
    )
    return element("div", drawn, cls="wide", role="region", aria_label=caption, tabindex="0")


def note(level: str, *content: Content) -> Markup:
    """A remark that must not be overlooked."""
    return element("p", *content, cls=f"note {level}", role="note")


def paragraph(*content: Content) -> Markup:
    """A paragraph."""
    return element("p", *content)


def folded(summary: str, *content: Content) -> Markup:
    """What is looked up rather than read."""
    return element("details", element("summary", summary), *content)


def with_small(text: str, small: str) -> Markup:
    """A value and, below it, what qualifies it."""
    return joined((text, element("small", small))) if small else joined((text,))


def _swatch(key: Key) -> Markup:
    match key.shape:
        case "line":
            mark = element("line", cls=f"line {key.style}", x1=0, y1=6, x2=24, y2=6)
        case "box":
            mark = element("rect", cls=f"fill {key.style}", x=6, y=0, width=12, height=12)
        case "dot":
            mark = element("circle", cls=f"dot {key.style}", cx=12, cy=6, r=5)
    return element("svg", mark, cls="key", viewBox="0 0 24 12", aria_hidden="true")
