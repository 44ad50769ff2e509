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
    serving_stack: Any,
    functions: dict[str, ModuleType],
    logged: Callable[[], list[dict[str, Any]]],
    handler_case: Any,
) -> None:
    answer = serving_stack.send(functions[handler_case.function], handler_case.event())
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    handler_case.check(answer.status, answer.headers["Content-Type"], text)
    lines = json.dumps(logged(), ensure_ascii=False)
    for word in handler_case.never:
        assert word not in lines
