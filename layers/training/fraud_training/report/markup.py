"""HTML and SVG that cannot be broken by what they show: text is escaped unless it is `Markup`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

# What HTML or XML forbid, and marks that would turn the direction of the text around them.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_VOID = {"meta", "br", "hr"}
MAX_TEXT = 1_000
"""Characters of one text that are shown: a sentence of ours is never as long."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


type Content = str | Markup
type Attribute = str | float | None


def escaped(text: str) -> Markup:
    """Text as markup; markup as it is.

    Control characters become U+FFFD, and what goes beyond `MAX_TEXT` an ellipsis.
    """
    if isinstance(text, Markup):
        return text
    short = text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"
    return Markup(html.escape(_UNPRINTABLE.sub("\ufffd", short)))


def joined(parts: Iterable[Content], between: str = "") -> Markup:
    """Parts one after another."""
    return Markup(between.join(escaped(part) for part in parts))


def element(name: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """One element.

    Parameters
    ----------
    attributes
        `cls` stands for `class`, an underscore for a hyphen; None leaves an attribute out, and
        numbers are rounded to a tenth, which in a drawing is a tenth of a pixel.
    """
    written = "".join(
        f' {_attribute_name(key)}="{escaped(_attribute_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(content)}</{name}>")


def _attribute_name(key: str) -> str:
    return "class" if key == "cls" else key.replace("_", "-")


def _attribute_value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"
