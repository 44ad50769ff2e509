"""The error form, and the one table from exceptions to status codes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict, Field

from fraud.domain import errors
from fraud.domain.errors import FraudError, InvalidField, InvalidValue

STATUS_CODES: Mapping[type[FraudError], int] = {
    errors.BadRequest: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PayloadTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.InvalidValue: 422,
    errors.Throttled: 429,
    errors.Unavailable: 503,
    errors.LeaseHeld: 409,
    errors.LeaseLost: 409,
    errors.ArtifactRejected: 503,
    errors.DatasetError: 422,
    errors.FraudError: 500,
}
MAX_FIELDS_NAMED = 100


class FieldProblem(BaseModel):
    """One bad field of a request."""

    model_config = ConfigDict(defer_build=True)

    field: Annotated[
        str, Field(description="Where, as a path.", examples=["transactions.3.amount"])
    ]
    message: str


class ErrorDetail(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(defer_build=True)

    code: Annotated[str, Field(description="Stable, for programs.", examples=["invalid_value"])]
    message: Annotated[str, Field(description="For people: what was wrong and what to do.")]
    field: Annotated[str | None, Field(description="The first bad field.")] = None
    fields: Annotated[list[FieldProblem] | None, Field(description="Every bad field.")] = None
    request_id: Annotated[str, Field(description="Quote this when asking for help.")]


class ErrorBody(BaseModel):
    """The body of every error answer."""

    model_config = ConfigDict(defer_build=True)

    error: ErrorDetail


def status_of(error: FraudError) -> int:
    """The status code of an error: that of its nearest ancestor in the table."""
    return next(STATUS_CODES[kind] for kind in type(error).__mro__ if kind in STATUS_CODES)


def error_response(error: FraudError, request_id: str) -> Response[str]:
    """An error as an answer, with Retry-After where the error knows one."""
    detail: dict[str, Any] = {"code": error.code, "message": error.message}
    if isinstance(error, InvalidValue) and error.fields:
        detail |= _named(error.fields)
    detail["request_id"] = request_id
    retry_after_s = getattr(error, "retry_after_s", None)
    return Response(
        status_code=status_of(error),
        content_type="application/json",
        headers={"Retry-After": str(retry_after_s)} if retry_after_s is not None else {},
        body=json.dumps({"error": detail}),
    )


def plain_error(error: FraudError, request_id: str) -> dict[str, Any]:
    """An error as the answer API Gateway takes, where no resolver is at work."""
    response = error_response(error, request_id)
    headers = {"Content-Type": response.headers["Content-Type"], **response.headers}
    return {
        "statusCode": response.status_code,
        "headers": headers,
        "body": response.body,
        "isBase64Encoded": False,
    }


def _named(fields: Sequence[InvalidField]) -> dict[str, Any]:
    listed = [{"field": f.field, "message": f.message} for f in fields[:MAX_FIELDS_NAMED]]
    return {"field": fields[0].field, "fields": listed}
