"""Which keys count, which routes take them, and what a request without one pays."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fraud.domain.errors import BadRequest
from fraud.http.api import Api
from fraud.http.idempotency import IdempotentRoutes, documented_with_key, key_of

SLOW_IMPORT = "aws_lambda_powertools.utilities.idempotency"
# Runs in a process of its own: what is imported here stays imported.
LOAD_AND_CALL = """
import importlib.util, json, sys
from pathlib import Path
for path in sorted(Path("functions").glob("*/app.py")):
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_app", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if path.parent.name == "predict":
        predict = module
event = {
    "resource": "/api/v1/model/predict", "path": "/api/v1/model/predict", "httpMethod": "POST",
    "headers": {"Content-Type": "application/json"}, "body": "{}",
    "requestContext": {"authorizer": {"client": "shop", "scopes": "predict"}},
}
print(predict.handler(event, None)["statusCode"], %r in sys.modules)
"""


def event(*values: str, name: str = "Idempotency-Key", **more: Any) -> dict[str, Any]:
    headers = {name: values[-1]} if values else {}
    return {"headers": headers, "multiValueHeaders": {name: list(values)} if values else {}} | more


def test_without_the_header_there_is_no_key() -> None:
    assert key_of(event()) is None
    assert key_of({"headers": None, "multiValueHeaders": None}) is None
    assert key_of({}) is None


@pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency-key", "IDEMPOTENCY-KEY"])
def test_the_name_has_any_case(name: str) -> None:
    assert key_of(event("k", name=name)) == "k"
    assert key_of({"headers": {name: "k"}}) == "k"
    assert key_of({"multiValueHeaders": {name: ["k"]}}) == "k"


@pytest.mark.parametrize("key", ["!", "~", "k" * 255])
def test_visible_ascii_is_a_key(key: str) -> None:
    assert key_of(event(key)) == key


@pytest.mark.parametrize(
    "key", ["", " ", "k" * 256, "a b", " a", "a\r\nb", "a\n", "\t", "\u00e9", "\u0661", "\x7f"]
)
def test_anything_else_is_refused_by_the_headers_name(key: str) -> None:
    with pytest.raises(BadRequest, match="Idempotency-Key"):
        key_of(event(key))


def test_two_keys_are_refused_unless_they_are_one() -> None:
    assert key_of(event("a", "a")) == "a"
    with pytest.raises(BadRequest, match="2 different"):
        key_of(event("a", "b"))
    with pytest.raises(BadRequest, match="2 different"):
        key_of({"multiValueHeaders": {"Idempotency-Key": ["a"], "idempotency-key": ["b"]}})


def test_a_route_that_takes_keys_needs_somewhere_to_keep_answers() -> None:
    with pytest.raises(ValueError, match="answers"):
        Api("Training").described("POST", "/api/v1/training", idempotent=True)


def test_routes_are_known_by_api_gateways_names() -> None:
    routes = IdempotentRoutes(lambda: pytest.fail("nothing was asked"))
    routes.add("POST", "/api/v1/predictions/<prediction_id>/label")
    assert ("POST", "/api/v1/predictions/{prediction_id}/label") in routes
    assert ("GET", "/api/v1/predictions/{prediction_id}/label") not in routes


def test_only_routes_that_take_the_header_look_at_it() -> None:
    routes = IdempotentRoutes(lambda: pytest.fail("the header was looked at"))
    routes.add("POST", "/a")
    answer = {"statusCode": 200}
    for request in (
        event("not a key", httpMethod="POST", resource="/b"),
        event("not a key", httpMethod="GET", resource="/a"),
        event(httpMethod="POST", resource="/a"),
        {},
    ):
        assert routes.answer(request, None, lambda: answer) is answer


def test_a_description_keeps_what_a_status_meant_before() -> None:
    described = documented_with_key({422: {"description": "A value is wrong."}})
    assert described[422]["description"].startswith("A value is wrong. Or: ")
    assert "in_flight" in described[409]["description"]


def test_a_request_without_a_key_imports_nothing_for_it(project_dir: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_CALL % SLOW_IMPORT],
        cwd=project_dir,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "422 False"
