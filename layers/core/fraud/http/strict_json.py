"""JSON as RFC 8259 has it: no NaN, no duplicate keys, no trailing text, bounded depth."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from fraud.domain.errors import BadRequest

_INFINITIES = (float("inf"), float("-inf"))


def parse_json(text: str) -> Any:
    """Parse a request body.

    Raises
    ------
    BadRequest
        When the text is not JSON, or is JSON only by Python's leniency.
    """
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
    if number in _INFINITIES:
        raise BadRequest(f"the number {digits[:40]} is too large to read")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise BadRequest("the body names a key twice; send every key once")
    return parsed
