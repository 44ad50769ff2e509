"""Answer with an API's gateway responses where API Gateway itself answers, and cap payloads.

MiniStack stores gateway responses but answers `{"message": "Unauthorized"}` and the like. Here
every function of its data plane that makes such an answer marks it with the response type that
API Gateway would use; answers with the mark are rendered, answers of functions pass untouched.
"""

# ruff: noqa: SLF001 - MiniStack offers no other way in

import json
import re
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from .patching import Function, wrap

Answer = tuple[int, dict[str, Any], bytes]

MARK = "x-emulated-gateway-response"
MAX_PAYLOAD_BYTES = 10 * 1024 * 1024  # a quota of REST APIs that cannot be raised

# (status, message) that MiniStack answers with -> response type of API Gateway.
TYPES = {
    (401, "Unauthorized"): "UNAUTHORIZED",
    (403, "Missing Authentication Token"): "MISSING_AUTHENTICATION_TOKEN",
    # MiniStack does not tell a failing authorizer from one whose policy is malformed.
    (500, "Internal server error"): "AUTHORIZER_FAILURE",
}

_VARIABLE = re.compile(r"\$context\.[A-Za-z.]+")
_function_failed: ContextVar[bool] = ContextVar("function_failed", default=False)


def marked(response_type: str, status: int, message: str) -> Answer:
    """Return an answer of API Gateway's own, to be rendered later."""
    return status, {MARK: response_type}, message.encode()


def chosen(customised: Mapping[str, Any], response_type: str, status: int) -> Mapping[str, Any]:
    """Return the response that an API has for a type: its own, or the default of 4XX or 5XX."""
    default = f"DEFAULT_{status // 100}XX"
    return customised.get(response_type) or customised.get(default) or {}


def rendered(answer: Answer, customised: Mapping[str, Any]) -> Answer:
    """Fill the API's gateway response into a marked answer; return any other as it is.

    Parameters
    ----------
    answer
        Status, headers and body; a marked one has the mark in its headers, a message as body.
    customised
        The API's gateway responses by type, as PutGatewayResponse stored them.
    """
    status, headers, body = answer
    response_type = headers.get(MARK)
    if response_type is None:
        return answer
    response = chosen(customised, response_type, status)
    message = body.decode()
    values = {
        "$context.error.message": message,
        "$context.error.messageString": json.dumps(message),
        "$context.error.responseType": response_type,
        "$context.requestId": str(uuid.uuid4()),
    }
    templates = response.get("responseTemplates") or {}
    template = templates.get("application/json", '{"message":$context.error.messageString}')
    text = _VARIABLE.sub(lambda found: values.get(found.group(), ""), template)
    prefix = "gatewayresponse.header."
    own_headers = {
        name.removeprefix(prefix): str(value).strip("'")
        for name, value in (response.get("responseParameters") or {}).items()
        if name.startswith(prefix)
    }
    own_status = int(response.get("statusCode") or status)
    return own_status, {"Content-Type": "application/json", **own_headers}, text.encode()


def gw_error(_: Function) -> Function:
    """Return MiniStack's `_gw_error`, marking its answers."""

    def answer(status: int, message: str) -> Answer:
        default = f"DEFAULT_{status // 100}XX"
        return marked(TYPES.get((status, message), default), status, message)

    return answer


def deny_error(_: Function) -> Function:
    """Return MiniStack's `_deny_error`, marking its answers."""

    def answer(explicit: bool) -> Answer:
        message = "User is not authorized to access this resource"
        suffix = " with an explicit deny" if explicit else ""
        return marked("ACCESS_DENIED", 403, message + suffix)

    return answer


def call_lambda(original: Function) -> Function:
    """Return MiniStack's `_call_lambda`, remembering whether the function failed."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        response, error = await original(*args, **kwargs)
        _function_failed.set(bool(error))
        return response, error

    return call


def handle_execute(apigateway: Any, original: Function) -> Function:
    """Return MiniStack's data plane, capping payloads and rendering marked answers."""

    async def handle(
        api_id: str, stage: str, method: str, path: str, headers: Any, body: bytes, *rest: Any
    ) -> Answer:
        _function_failed.set(False)
        if len(body or b"") > MAX_PAYLOAD_BYTES:
            made = marked("REQUEST_TOO_LARGE", 413, "Request Entity Too Large")
        else:
            made = await original(api_id, stage, method, path, headers, body, *rest)
            if _function_failed.get():
                made = marked("DEFAULT_5XX", 502, "Internal server error")
        return rendered(made, apigateway._gateway_responses.get(api_id, {}))

    return handle


def install(apigateway: Any) -> None:
    """Let MiniStack's REST APIs answer with their gateway responses."""
    wrap(apigateway, "_gw_error", gw_error)
    wrap(apigateway, "_deny_error", deny_error)
    wrap(apigateway, "_call_lambda", call_lambda)
    wrap(apigateway, "_handle_execute_in_scope", lambda f: handle_execute(apigateway, f))
