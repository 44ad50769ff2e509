"""The transactions of a batch: those that can be scored, and why the others cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Self

from pydantic import (
    FailFast,
    Field,
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import CoreSchema, core_schema

from fraud.domain.complaints import in_words, name_shown
from fraud.domain.errors import InvalidField, PayloadTooLarge
from fraud.domain.transactions import (
    MAX_BATCH,
    AnyTransaction,
    BasicTransaction,
    RawTransaction,
    form_of,
)

_ROWS = Annotated[list[AnyTransaction], Field(min_length=1, max_length=MAX_BATCH)]
type Validate = core_schema.ValidatorFunctionWrapHandler


@dataclass(frozen=True)
class BatchRows:
    """A batch's transactions by their place in the request.

    Attributes
    ----------
    transactions
        Those that are valid, in order.
    indexes
        The place of each of them in the request.
    refused
        The bad values of every other place.
    """

    transactions: Sequence[BasicTransaction | RawTransaction]
    indexes: Sequence[int]
    refused: Mapping[int, Sequence[InvalidField]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.transactions) + len(self.refused)

    @classmethod
    def of(cls, transactions: Sequence[BasicTransaction | RawTransaction]) -> Self:
        """A batch in which every transaction is valid."""
        return cls(transactions, range(len(transactions)))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate as a list of transactions; with `on_error` "skip", bad ones are set aside."""
        return core_schema.with_info_wrap_validator_function(
            cls._validate, handler.generate_schema(_ROWS)
        )

    @classmethod
    def _validate(cls, value: Any, validate: Validate, info: ValidationInfo) -> Self:
        if isinstance(value, list) and len(value) > MAX_BATCH:
            raise PayloadTooLarge(f"{len(value)} transactions; send at most {MAX_BATCH} at a time")
        if isinstance(value, list) and value:
            with suppress(ValidationError):
                return cls.of(_in_one_form(form_of(value[0])).validate_python(value))
        try:
            return cls.of(validate(value))
        except ValidationError as e:
            refused = _by_index(e)
            if (info.data or {}).get("on_error") != "skip" or refused is None:
                raise
        good = [i for i in range(len(value)) if i not in refused]
        return cls(validate([value[i] for i in good]) if good else [], good, refused)


@cache
def _in_one_form(form: str) -> TypeAdapter[list[BasicTransaction | RawTransaction]]:
    """Reads rows that are all alike, in half the time that telling each one's form takes.

    Stops at the first other or bad row, which is then for the reader of mixed rows to judge.
    """
    row = {"basic": BasicTransaction, "raw": RawTransaction}[form]
    return TypeAdapter(Annotated[list[row], FailFast()])  # type: ignore[valid-type]


def _by_index(error: ValidationError) -> dict[int, list[InvalidField]] | None:
    """The bad fields of each bad row; None when it is the list itself that is wrong."""
    refused: dict[int, list[InvalidField]] = {}
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        index, *path = problem["loc"] or (None,)
        if not isinstance(index, int):
            return None
        # The first part of a row's path is the form it was taken for.
        name = ".".join(map(name_shown, path[1:])) or "transaction"
        refused.setdefault(index, []).append(InvalidField(name, in_words(problem)))
    return refused
