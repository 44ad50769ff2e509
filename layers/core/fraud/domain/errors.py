"""Everything that can go wrong, as one hierarchy.

FraudError
├── BadRequest              the request cannot be read at all
├── Unauthenticated         no key, or not a key of ours
├── Forbidden               the key's scopes do not cover this
├── NotFound                no such thing, or not this client's
├── Conflict                the state of the thing does not allow it
│   └── InFlight            the first request with this Idempotency-Key is not answered yet
├── PayloadTooLarge         more bytes or rows than a request may carry
├── UnsupportedMediaType    not JSON by its Content-Type
├── InvalidValue            readable, but a value is wrong; names the field
├── Throttled               more than the key's quota; says when to come back
├── Unavailable             a dependency is down; says when to come back
│   └── NoModel             nothing is trained and enabled yet
├── LeaseHeld               another worker has this job
├── LeaseLost               this worker no longer has it
├── ArtifactRejected        a model's files are missing, altered or wrong
└── DatasetError            the dataset cannot be trained on; ends the training
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class InvalidField:
    """One bad value of a request: where (`transactions.3.amount`) and why."""

    field: str
    message: str


class FraudError(Exception):
    """Base of all errors of the product.

    Parameters
    ----------
    message
        What was wrong, the value where it is neither secret nor personal, and what to do.
    code
        Stable and machine readable; defaults to the class's own.
    """

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class BadRequest(FraudError):
    """The request cannot be read at all."""

    code = "bad_request"


class Unauthenticated(FraudError):
    """No key was sent, or it is not a key of ours."""

    code = "unauthenticated"


class Forbidden(FraudError):
    """The key is known, its scopes do not cover the route."""

    code = "forbidden"


class NotFound(FraudError):
    """No such thing, or it belongs to another client."""

    code = "not_found"


class Conflict(FraudError):
    """The state of the thing does not allow the change."""

    code = "conflict"


class InFlight(Conflict):
    """The first request with this Idempotency-Key is not answered yet; its answer may come soon."""

    code = "in_flight"

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class PayloadTooLarge(FraudError):
    """More bytes or rows than one request may carry."""

    code = "payload_too_large"


class UnsupportedMediaType(FraudError):
    """The Content-Type is not JSON in UTF-8."""

    code = "unsupported_media_type"


class InvalidValue(FraudError):
    """Readable, but one or more values are wrong.

    Parameters
    ----------
    message
        The first or only complaint, in one sentence.
    fields
        Every bad field, first one first.
    """

    code = "invalid_value"

    def __init__(
        self, message: str, fields: Sequence[InvalidField] = (), *, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.fields = tuple(fields)


class Throttled(FraudError):
    """The key's quota is used up."""

    code = "throttled"

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(FraudError):
    """Something this service depends on does not answer; trying again later may help."""

    code = "unavailable"

    def __init__(self, message: str, *, retry_after_s: int = 2, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class NoModel(Unavailable):
    """No model is enabled yet."""

    code = "no_model"


class LeaseHeld(FraudError):
    """Another worker is running this job."""

    code = "lease_held"


class LeaseLost(FraudError):
    """This worker's lease ran out and another took over; its writes are refused."""

    code = "lease_lost"


class ArtifactRejected(FraudError):
    """A model's artifact is missing, altered, or gives other answers than at training."""

    code = "artifact_rejected"


class DatasetError(FraudError):
    """The dataset cannot be fetched or trained on; `code` and `message` end up in the training."""

    code = "dataset_invalid"
