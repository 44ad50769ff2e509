"""SDK errors in the domain's words: the one table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from fraud.domain.errors import Conflict, FraudError, NotFound, Unavailable

CONDITION_FAILED = "ConditionalCheckFailedException"

_BY_CODE: dict[str, type[FraudError]] = {
    CONDITION_FAILED: Conflict,
    "PreconditionFailed": Conflict,
    "NoSuchKey": NotFound,
    "404": NotFound,
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
    except ClientError as e:
        kind = _BY_CODE.get(error_code(e), Unavailable)
        raise kind(f"{what} failed ({error_code(e)}); try again in a moment") from e
    except BotoCoreError as e:
        raise Unavailable(f"{what} failed ({type(e).__name__}); try again in a moment") from e
