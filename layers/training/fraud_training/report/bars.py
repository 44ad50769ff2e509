"""Named values as horizontal bars, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fraud_training.report.chart import WIDTH
from fraud_training.report.markup import Markup, element, joined

_ROW, _THICK, _PAD = 36.0, 12.0, 4.0
_RIGHT = 64.0
"""Room for the value's text behind the longest bar."""


@dataclass(frozen=True)
class Bar:
    """One row.

    Attributes
    ----------
    value, spread
        Length, and how far it may be off on either side.
    text
        What stands behind the bar.
    """

    name: str
    value: float
    text: str
    spread: float = 0.0


def bars(title: str, description: str, rows: Sequence[Bar], style: str) -> Markup:
    """Bars from 0, the longest as long as there is room; names stand above them."""
    longest = max((row.value + row.spread for row in rows), default=0.0) or 1.0
    name = "".join(c if c.isalnum() else "-" for c in title.lower())
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        joined(_drawn(row, i, longest, style) for i, row in enumerate(rows)),
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
        viewBox=f"0 0 {WIDTH:g} {len(rows) * _ROW + _PAD:g}",
    )


def _drawn(row: Bar, at: int, longest: float, style: str) -> Markup:
    room = WIDTH - _RIGHT
    top = at * _ROW + 19
    middle = top + _THICK / 2
    end = max(row.value, 0.0) / longest * room
    reach = row.spread / longest * room
    text_at = max(end + reach, 1.0) + 7
    return joined(
        (
            element("text", row.name, cls="name", x=0, y=top - 6),
            element("rect", cls=f"fill {style}", x=0, y=top, width=max(end, 1), height=_THICK),
            element(
                "line", cls="whisker", x1=max(end - reach, 0), y1=middle, x2=end + reach, y2=middle
            ),
            element("text", row.text, cls="tick", x=text_at, y=middle + 4),
        )
    )
