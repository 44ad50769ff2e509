"""JSON as RFC 8259 has it: no NaN, no duplicate keys, no trailing text, bounded depth.

Pydantic's parser reads six times as fast as Python's with hooks, but drops duplicate keys and turns
1e400 into infinity. What it cannot vouch for is read again by Python's, which has the last word.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import Any, NoReturn

from pydantic_core import from_json

from fraud.domain.errors import BadRequest

_INFINITY = float("inf")


def parse_json(text: str) -> Any:
    """Parse a request body.

    Raises
    ------
    BadRequest
        When the text is not JSON, or is JSON only by some parser's leniency.
    """
    try:
        parsed = from_json(text, allow_inf_nan=False, cache_strings="keys")
    except (TypeError, ValueError):
        return _parse_strictly(text)
    return parsed if _is_sound(parsed, text) else _parse_strictly(text)


def _is_sound(parsed: Any, text: str) -> bool:
    """Whether no key of the text was dropped and no number overflowed.

    Each key is followed by a colon, so there are at most as many keys as colons: where as many
    different ones were read, none came twice. Colons in strings only cost a second reading.
    """
    keys = 0
    level = [parsed]
    while level:
        if _INFINITY in level or -_INFINITY in level:
            return False
        objects = [value for value in level if value.__class__ is dict]
        arrays = [value for value in level if value.__class__ is list]
        keys += sum(map(len, objects))
        level = [*chain.from_iterable(map(dict.values, objects)), *chain.from_iterable(arrays)]
    return keys == text.count(":")


def _parse_strictly(text: str) -> Any:
    if text.startswith("\ufeff"):
        raise BadRequest("the body starts with a byte order mark; send plain UTF-8 JSON")
    try:
        return json.loads(
            text, parse_float=_finite, parse_constant=_refuse, object_pairs_hook=_unique
        )
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    except json.JSONDecodeError as e:
        raise BadRequest(f"the body is not JSON: {e.msg} at character {e.pos}") from None
    except ValueError:  # an integer of more digits than Python converts
        raise BadRequest("the body holds a number too long to read") from None


def _refuse(constant: str) -> NoReturn:
    raise BadRequest(f"{constant} is not JSON; send a finite number")


def _finite(digits: str) -> float:
    number = float(digits)
    if abs(number) == _INFINITY:
        raise BadRequest(f"the number {digits[:40]} is too large to read")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise BadRequest("the body names a key twice; send every key once")
    return parsed
