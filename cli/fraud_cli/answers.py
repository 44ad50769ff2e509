"""What the API answers: an object, or an error that becomes one of ours."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

from fraud_cli.errors import KEY_REFUSED, CliError, Unreachable


class ApiError(CliError):
    """An error answer of the API; `retry_after_s` where it says when to come back."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        request_id: str,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{message} ({status} {code})", f"request id {request_id}")
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self.exit_code = KEY_REFUSED


def read_answer(response: httpx.Response) -> dict[str, Any]:
    """The object in an answer.

    Raises
    ------
    ApiError
        When it is an error.
    Unreachable
        When something else than the API has answered.
    """
    if not response.is_success:
        raise _api_error(response)
    try:
        return dict(response.json())
    except (ValueError, TypeError):
        raise Unreachable(
            f"{response.url} answers, but not as this API does: {response.text[:60]!r}",
            "check FRAUD_API_URL; it ends in /api/v1",
        ) from None


def retry_after_s(response: httpx.Response) -> float | None:
    """The seconds in an answer's Retry-After; None where there are none."""
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None


def _api_error(response: httpx.Response) -> ApiError:
    try:
        detail = response.json()["error"]
        said = (detail["code"], detail["message"], detail["request_id"])
    except (ValueError, KeyError, TypeError):
        said = ("unknown", f"unexpected answer: {response.text[:200]}", "unknown")
    return ApiError(response.status_code, *said, retry_after_s(response))
