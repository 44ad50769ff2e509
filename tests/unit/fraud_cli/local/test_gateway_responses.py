"""What the completed emulator answers where API Gateway itself would."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from fraud_cli.local.emulated import gateway_responses

UNAUTHORIZED = {
    "statusCode": "401",
    "responseParameters": {"gatewayresponse.header.X-Hint": "'key'"},
    "responseTemplates": {
        "application/json": '{"e":$context.error.messageString,"id":"$context.requestId"}'
    },
}
DEFAULT_5XX = {"responseTemplates": {"application/json": '{"e":"broken"}'}}


def marked(kind: str, status: int, message: str) -> gateway_responses.Answer:
    return gateway_responses.marked(kind, status, message)


def test_own_response_is_filled_in() -> None:
    answer = marked("UNAUTHORIZED", 401, 'say "key"')
    status, headers, body = gateway_responses.rendered(answer, {"UNAUTHORIZED": UNAUTHORIZED})
    assert (status, headers["X-Hint"]) == (401, "key")
    filled = json.loads(body)
    assert filled["e"] == 'say "key"'
    assert len(filled["id"]) == 36


def test_default_of_the_class_keeps_the_status() -> None:
    answer = marked("INTEGRATION_FAILURE", 504, "Internal server error")
    status, _, body = gateway_responses.rendered(answer, {"DEFAULT_5XX": DEFAULT_5XX})
    assert (status, body) == (504, b'{"e":"broken"}')


def test_without_a_response_the_answer_is_api_gateways_own() -> None:
    status, _, body = gateway_responses.rendered(marked("UNAUTHORIZED", 401, "Unauthorized"), {})
    assert (status, json.loads(body)) == (401, {"message": "Unauthorized"})


def test_a_functions_answer_is_untouched_even_if_it_looks_like_the_gateways() -> None:
    answer = (401, {"Content-Type": "application/json"}, b'{"message":"Unauthorized"}')
    assert gateway_responses.rendered(answer, {"UNAUTHORIZED": UNAUTHORIZED}) is answer


def emulator(function_error: str | None) -> Any:
    """A stand-in for MiniStack's module, with one route behind one function."""

    async def call_lambda(*_: Any) -> Any:
        return (None, function_error) if function_error else ({"statusCode": 200}, None)

    async def handle(*_: Any) -> gateway_responses.Answer:
        response, error = await module._call_lambda()
        return (502, {}, str(error).encode()) if error else (200, {}, json.dumps(response).encode())

    module = SimpleNamespace(
        __name__="stand-in",
        _gateway_responses={"api": {"DEFAULT_5XX": DEFAULT_5XX}},
        _gw_error=None,
        _deny_error=None,
        _call_lambda=call_lambda,
        _handle_execute_in_scope=handle,
    )
    module._gw_error = module._deny_error = lambda *_: None
    gateway_responses.install(module)
    return module


def request(module: Any, body: bytes = b"") -> gateway_responses.Answer:
    made = module._handle_execute_in_scope("api", "live", "POST", "/", {}, body, {})
    # In a thread of its own: a browser that other tests drive keeps a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, made).result()


def test_a_crashed_function_is_a_5xx_that_tells_nothing_of_the_crash() -> None:
    assert request(emulator("Traceback: secret"))[::2] == (502, b'{"e":"broken"}')


def test_a_working_functions_answer_passes() -> None:
    assert request(emulator(None))[0] == 200


@pytest.mark.parametrize(("size", "status"), [(10 * 2**20, 200), (10 * 2**20 + 1, 413)])
def test_payloads_above_ten_megabytes_are_refused(size: int, status: int) -> None:
    assert request(emulator(None), b"x" * size)[0] == status


def test_a_ministack_that_has_changed_is_refused_by_name() -> None:
    with pytest.raises(RuntimeError, match="_gw_error"):
        gateway_responses.install(SimpleNamespace(__name__="ministack"))
