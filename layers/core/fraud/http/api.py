"""The resolver every HTTP function uses: strict JSON in, the error form out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from inspect import cleandoc, get_annotations
from typing import Any, get_args, get_origin

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from fraud.domain.caller import Caller
from fraud.domain.complaints import in_words, name_shown
from fraud.domain.errors import FraudError, InvalidField, InvalidValue, NotFound
from fraud.http.caller import caller_of
from fraud.http.idempotency import Answers, IdempotentRoutes, documented_with_key
from fraud.http.requests import METHODS_WITH_BODY, read_body
from fraud.http.responses import ErrorBody, error_response, plain_error
from fraud.http.strict_json import parse_json

logger = Logger()

type Endpoint = Callable[..., Any]

ERRORS: dict[int, Any] = {
    status: {
        "description": description,
        "content": {"application/json": {"model": ErrorBody}},
    }
    for status, description in {
        400: "The body is not JSON.",
        401: "No key, or not a valid one.",
        403: "The key's scopes do not cover this route.",
        404: "Nothing of that name, or not yours.",
        409: "Its state does not allow this, or another change came first.",
        413: "The body, or what would have to be answered, is too large.",
        415: "The body is not JSON by its Content-Type.",
        422: "A value is wrong; every bad field is named.",
        429: "Too many requests; Retry-After says when to come back.",
        503: "No model, or something this depends on is down; Retry-After says when to come back.",
    }.items()
}


ERRORS_WITH_KEY = (401, 403, 429, 503)
ERRORS_WITH_BODY = (400, 413, 415, 422)


_describing = ContextVar("describing", default=False)


@contextmanager
def describing() -> Iterator[None]:
    """Let routes that are registered here carry the models of their answers.

    Only a description needs them: Powertools would build a serialiser for each at a function's
    first request, 13 ms for predict.
    """
    token = _describing.set(True)
    try:
        yield
    finally:
        _describing.reset(token)


class Api(APIGatewayRestResolver):
    """Powertools' REST resolver, strict about bodies, with every error in one form.

    Parameters
    ----------
    answers
        Gives the table of first answers; needed for routes that take an Idempotency-Key.
    """

    def __init__(self, tag: str, *, needs_key: bool = True, answers: Answers | None = None) -> None:
        self._tag = tag
        self._needs_key = needs_key
        self.idempotent_routes = IdempotentRoutes(answers)
        super().__init__(enable_validation=True, json_body_deserializer=parse_json)
        self.exception_handler(FraudError)(self._domain_error)
        self.exception_handler(RequestValidationError)(self._validation_error)
        self.exception_handler(NotFoundError)(self._unknown_route)
        self.exception_handler(Exception)(self._unexpected)

    def described(
        self,
        method: str,
        rule: str,
        *,
        status: int = 200,
        errors: Sequence[int] = (),
        rendered: Any = None,
        idempotent: bool = False,
        media_type: str = "application/json",
    ) -> Callable[[Endpoint], Endpoint]:
        """Register a route that needs a key, described by its function's name and docstring.

        Parameters
        ----------
        errors
            Error statuses beside those that every route with a key, or with a body, can answer.
        rendered
            What the answer holds, where the route renders it itself.
        idempotent
            Whether it takes an Idempotency-Key: then a retry gets the first 2xx answer again.
        media_type
            Of what is rendered.
        """
        with_body = ERRORS_WITH_BODY if method in METHODS_WITH_BODY else ()
        documented = {code: ERRORS[code] for code in {*ERRORS_WITH_KEY, *with_body, *errors}}
        if idempotent:
            self.idempotent_routes.add(method, rule)
            documented = documented_with_key(documented)

        def register(endpoint: Endpoint) -> Endpoint:
            first, *words = endpoint.__name__.split("_")
            summary, _, description = cleandoc(endpoint.__doc__ or "").partition("\n\n")
            if _describing.get():
                documented[status] = _answer(rendered or _answered_by(endpoint), media_type)
            return self.route(
                rule,
                method,
                summary=summary,
                description=description or summary,
                operation_id=first + "".join(map(str.capitalize, words)),
                tags=[self._tag],
                status_code=status,
                responses=dict(sorted(documented.items())) if _describing.get() else None,
            )(endpoint)

        return register

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer an API Gateway event; never raises."""
        with logger.append_context_keys(**_log_keys(event)):
            return self._answer(event, context)

    def _answer(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            if self._needs_key:
                caller_of(event)
            event = read_body(event)
            run = partial(super().resolve, event, context)
            return self.idempotent_routes.answer(event, context, run)
        except FraudError as e:
            return plain_error(e, request_id_of(event))

    @property
    def caller(self) -> Caller:
        """The client behind the current request."""
        return caller_of(self.current_event.raw_event)

    def _request_id(self) -> str:
        return request_id_of(self.current_event.raw_event)

    def _domain_error(self, error: FraudError) -> Response[str]:
        logger.info("refused", code=error.code)
        return error_response(error, self._request_id())

    def _validation_error(self, error: RequestValidationError) -> Response[str]:
        fields = [InvalidField(_path(e["loc"]), in_words(e)) for e in error.errors()]
        message = f"{fields[0].field}: {fields[0].message}"
        return self._domain_error(InvalidValue(message, fields))

    def _unknown_route(self, _: NotFoundError) -> Response[str]:
        return self._domain_error(NotFound("there is no such route; see /doc for those there are"))

    def _unexpected(self, _: Exception) -> Response[str]:
        logger.exception("unexpected error")  # noqa: LOG004 - Powertools calls this while handling
        message = "something went wrong on our side; the request id finds it in the log"
        return error_response(FraudError(message), self._request_id())


def _answered_by(endpoint: Endpoint) -> Any:
    """The model that an endpoint's annotation names, by itself or in a Response."""
    annotation = get_annotations(endpoint, eval_str=True)["return"]
    outer: Any = get_origin(annotation)
    return get_args(annotation)[0] if outer is Response else annotation


def _answer(model: Any, media_type: str) -> dict[str, Any]:
    return {"description": "Success", "content": {media_type: {"model": model}}}


def request_id_of(event: dict[str, Any]) -> str:
    """API Gateway's id of the request, which its own error answers carry too."""
    return str((event.get("requestContext") or {}).get("requestId") or "")


def _log_keys(event: dict[str, Any]) -> dict[str, str]:
    """What every line that is logged for a request carries."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    client = authorizer.get("client")
    keys = {"api_request_id": request_id_of(event)}
    return {**keys, "client": client} if client else keys


# The tags of the transaction union and the place of a parameter say nothing to a caller.
_NOT_PATHS = frozenset({"body", "query", "path", "header", "basic", "raw"})


def _path(loc: tuple[str | int, ...]) -> str:
    return ".".join(name_shown(part) for part in loc if part not in _NOT_PATHS)[:200] or "body"
