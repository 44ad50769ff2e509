"""SDK errors in the domain's words: the one table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fraud.domain.errors import Conflict, FraudError, NotFound, Unavailable

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

CONDITION_FAILED = "ConditionalCheckFailedException"

_BY_CODE: dict[str, type[FraudError]] = {
    CONDITION_FAILED: Conflict,
    "PreconditionFailed": Conflict,
    "NoSuchKey": NotFound,
    "404": NotFound,
    "ExecutionDoesNotExist": NotFound,
    "ExecutionAlreadyExists": Conflict,
}


def error_code(error: ClientError) -> str:
    """The service's own code of an error."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn SDK errors raised inside into domain errors that name `what` failed.

    Everything that is not listed is an outage as far as a caller is concerned: the request was
    valid, so trying again later is the right advice.

    Raises
    ------
    FraudError
        Of the kind the table gives, with the SDK's error as its cause.
    """
    try:
        yield
    except Exception as e:
        if (error := _in_our_words(what, e)) is None:
            raise
        raise error from e


def _in_our_words(what: str, error: Exception) -> FraudError | None:
    # Whatever raised an SDK error has imported the SDK; nothing else should have to.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    if isinstance(error, ClientError):
        kind = _BY_CODE.get(error_code(error), Unavailable)
        return kind(f"{what} failed ({error_code(error)}); try again in a moment")
    if isinstance(error, BotoCoreError):
        return Unavailable(f"{what} failed ({type(error).__name__}); try again in a moment")
    return None
