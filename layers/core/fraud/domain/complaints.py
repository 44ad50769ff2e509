"""Pydantic's complaints in the words of our error form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
