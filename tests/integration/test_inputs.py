"""Every adversarial input gets its answer from the function itself, and leaves nothing behind."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def functions(serving_stack: Any) -> dict[str, ModuleType]:
    return {name: serving_stack.function(name) for name in ("predict", "training")}


def test_an_adversarial_input_gets_the_answer_it_must_get(
    functions: dict[str, ModuleType],
    logged: Callable[[], list[dict[str, Any]]],
    handler_case: Any,
) -> None:
    answer = functions[handler_case.function].handler(handler_case.event(), None)
    headers = {k: v[0] for k, v in (answer.get("multiValueHeaders") or {}).items()}
    headers |= answer.get("headers") or {}
    handler_case.check(answer["statusCode"], headers["Content-Type"], answer["body"])
    lines = json.dumps(logged(), ensure_ascii=False)
    for word in handler_case.never:
        assert word not in lines
