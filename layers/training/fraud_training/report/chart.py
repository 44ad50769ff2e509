"""A chart: two axes, and lines, areas, columns, dots and rules between them, as inline SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fraud_training.report.markup import Content, Markup, element, joined
from fraud_training.report.scales import Scale

WIDTH, HEIGHT = 440.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 24.0, 30.0, 46.0
_MIDDLE = 0.5

type Point = Sequence[float]


@dataclass(frozen=True)
class Axis:
    """What an axis measures, and how."""

    name: str
    scale: Scale


@dataclass(frozen=True)
class Chart:
    """A frame to draw in; its methods give marks, `drawn` puts them together.

    Attributes
    ----------
    title, description
        For those who cannot see it; the description says what there is to see.
    """

    title: str
    description: str
    x: Axis
    y: Axis

    def line(self, points: Iterable[Point], style: str) -> Markup:
        """Straight lines from point to point; shape (n, 2)."""
        places = [f"{self._x(x):.1f} {self._y(y):.1f}" for x, y in points]
        outline = Markup(f"M{'L'.join(places)}")
        return element("path", cls=f"line {style}", d=outline) if places else _NONE

    def stairs(self, points: Sequence[Point], style: str) -> Markup:
        """Each point's height from the point before up to itself; shape (n, 2), x ascending."""
        before = [self.x.scale.low, *(x for x, _ in points[:-1])]
        corners = zip(before, points, strict=True)
        return self.line([p for x, point in corners for p in ((x, point[1]), point)], style)

    def area(self, edges: Sequence[float], heights: Sequence[float], style: str) -> Markup:
        """A histogram: heights between edges, down to the floor."""
        floor = self._y(self.y.scale.low)
        outline = [f"M{self._x(edges[0]):.1f} {floor:.1f}"]
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
            top = self._y(height)
            outline.append(f"L{self._x(left):.1f} {top:.1f}L{self._x(right):.1f} {top:.1f}")
        outline.append(f"L{self._x(edges[-1]):.1f} {floor:.1f}Z")
        return element("path", cls=f"area {style}", d=Markup("".join(outline)))

    def column(
        self, x: float, width: float, span: tuple[float, float], style: str, says: str
    ) -> Markup:
        """A bar that stands on the lower end of `span` and has `width` units of the x axis."""
        left, right = self._x(x - width / 2), self._x(x + width / 2)
        top, foot = self._y(span[1]), self._y(span[0])
        return element(
            "rect",
            element("title", says),
            cls=f"fill {style}",
            x=left,
            y=top,
            width=right - left,
            height=foot - top,
        )

    def dot(self, x: float, y: float, style: str, label: str = "", says: str = "") -> Markup:
        """A point; its label stands below it, on the side where there is more room."""
        left = self.x.scale.at(x) > _MIDDLE
        aside = -9.0 if left else 9.0
        named = (
            self._text(self._x(x) + aside, self._y(y) + 16, label, "end" if left else "start")
            if label
            else _NONE
        )
        circle = element(
            "circle", element("title", says or label), cls=f"dot {style}", cx=self._x(x),
            cy=self._y(y), r=4.5,
        )  # fmt: skip
        return joined((circle, named))

    def whisker(self, x: float, span: tuple[float, float], style: str) -> Markup:
        """How far a value may be off, upwards and downwards."""
        return _straight(
            f"whisker {style}", (self._x(x), self._y(span[0])), (self._x(x), self._y(span[1]))
        )

    def upright(self, x: float, style: str) -> Markup:
        """A vertical line through the whole chart."""
        return _straight(f"line {style}", (self._x(x), HEIGHT - _BOTTOM), (self._x(x), _TOP))

    def drawn(self, *marks: Content) -> Markup:
        """The whole chart."""
        name = "".join(c if c.isalnum() else "-" for c in self.title.lower())
        return element(
            "svg",
            element("title", self.title, id=f"{name}-title"),
            element("desc", self.description, id=f"{name}-desc"),
            self._horizontal(),
            self._vertical(),
            joined(marks),
            role="img",
            aria_labelledby=f"{name}-title {name}-desc",
            viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        )

    def _horizontal(self) -> Markup:
        foot = HEIGHT - _BOTTOM
        parts = []
        for value, label in self.x.scale.ticks:
            place = self._x(value)
            parts.append(_straight("grid", (place, foot), (place, _TOP)))
            parts.append(_label(place, foot + 16, label, "tick", "middle"))
        middle = (_LEFT + WIDTH - _RIGHT) / 2
        parts.append(_label(middle, HEIGHT - 8, self.x.name, "axis", "middle"))
        return joined(parts)

    def _vertical(self) -> Markup:
        parts = []
        for value, label in self.y.scale.ticks:
            place = self._y(value)
            parts.append(_straight("grid", (_LEFT, place), (WIDTH - _RIGHT, place)))
            parts.append(_label(_LEFT - 6, place + 4, label, "tick", "end"))
        foot = HEIGHT - _BOTTOM
        parts.append(_straight("floor", (_LEFT, foot), (WIDTH - _RIGHT, foot)))
        parts.append(_label(4, 14, self.y.name, "axis", "start"))
        return joined(parts)

    def _x(self, value: float) -> float:
        return _LEFT + self.x.scale.at(value) * (WIDTH - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        return HEIGHT - _BOTTOM - self.y.scale.at(value) * (HEIGHT - _TOP - _BOTTOM)

    def _text(self, x: float, y: float, text: str, anchor: str) -> Markup:
        return _label(x, min(y, HEIGHT - _BOTTOM - 6), text, "label", anchor)


_NONE = Markup("")


def _straight(style: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    return element("line", cls=style, x1=start[0], y1=start[1], x2=end[0], y2=end[1])


def _label(x: float, y: float, text: str, style: str, anchor: str) -> Markup:
    return element("text", text, cls=style, x=x, y=y, text_anchor=anchor)
