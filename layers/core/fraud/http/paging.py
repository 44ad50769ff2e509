"""What listings take: how many items a page may hold, and where the page before ended."""

from __future__ import annotations

import re
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

MOST = 100


class _PlainNumber:
    """A whole number in plain digits.

    Python takes other digits, signs, spaces and 1_0 for numbers, too. Its bounds are in here, for
    beside a validator Powertools describes them by names that JSON Schema has not.
    """

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.int_schema(ge=1, le=MOST)
        return core_schema.no_info_before_validator_function(_plain, number)


def _plain(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) is None:
        raise ValueError("should be a whole number, in digits")
    return value


PageSize = Annotated[
    int,
    _PlainNumber(),
    Query(description="Items looked at per page; a page may hold fewer."),
]
NextToken = Annotated[str | None, Query(alias="next", max_length=2048)]
