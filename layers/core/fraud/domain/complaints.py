"""Pydantic's complaints in the words of our error form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NOT_SHOWN = "(a name not repeated here)"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

_IN_OTHER_WORDS = {
    "extra_forbidden": "is not a known field",
    "missing": "is missing",
    "model_type": "should be a JSON object",
}


def in_words(problem: Mapping[str, Any]) -> str:
    """What is wrong with one value, to be read after the field's name.

    Parameters
    ----------
    problem
        One of a pydantic ValidationError's `errors()`.
    """
    if problem["type"] in _IN_OTHER_WORDS:
        return _IN_OTHER_WORDS[problem["type"]]
    text = str(problem["msg"]).removeprefix("Input ").removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def name_shown(part: str | int) -> str:
    """A part of a bad value's path as an answer may repeat it.

    A caller chooses the names of unknown fields, and one that is no plain word may be anything: a
    person's data, markup, a line break.
    """
    name = str(part)
    return name if _PLAIN_NAME.fullmatch(name) else NOT_SHOWN
