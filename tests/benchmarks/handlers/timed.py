"""Another handler, timed from inside; an event `{"times": true}` collects the times."""

import importlib
import os
from time import perf_counter_ns
from typing import Any

_target = importlib.import_module(os.environ["BENCHMARK_TIMED"]).handler
_times_ns: list[int] = []


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if event.get("times"):
        collected = {"times_ns": list(_times_ns)}
        _times_ns.clear()
        return collected
    began = perf_counter_ns()
    answer: dict[str, Any] = _target(event, context)
    _times_ns.append(perf_counter_ns() - began)
    return answer
