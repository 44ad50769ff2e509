"""Errors of tasks by the types that functions raised, and what retries and stops make of them.

MiniStack calls every exception of a handler by one name, tries an error again that a retrier with
no attempts excepts, and lets an execution that was stopped end as failed.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .patching import Function, wrap

UNNAMED = "Runtime.HandlerError"
TRACE = "Traceback (most recent call last):\n"


def error_type(log: str) -> str | None:
    """The type of the last exception in a log, by its name alone; None without a trace."""
    _, found, trace = log.rpartition(TRACE)
    raised = re.search(r"^([A-Za-z_][\w.]*)(:|$)", trace, flags=re.MULTILINE)
    return raised[1].rpartition(".")[2] if found and raised else None


def with_type(original: Function) -> Function:
    """Return MiniStack's run of a Python worker, whose error is of the type that was raised."""

    def execute(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        body = result.get("body")
        if result.get("error") and body.get("errorType") == UNNAMED:
            body["errorType"] = error_type(str(result.get("log") or "")) or UNNAMED
        return result

    return execute


def first_retrier(_: Function) -> Function:
    """Return MiniStack's choice of a retrier: the first that names the error, spent or not.

    It would go on to the next one, so that `MaxAttempts: 0` did not except an error from retries.
    """

    def find(
        retriers: Sequence[Mapping[str, Any]], error: str, counts: Mapping[int, int]
    ) -> tuple[Mapping[str, Any] | None, int]:
        for index, retrier in enumerate(retriers):
            named = set(retrier.get("ErrorEquals", []))
            if named & {error, "States.ALL", "States.TaskFailed"}:
                spent = counts.get(index, 0) >= retrier.get("MaxAttempts", 3)
                return (None, -1) if spent else (retrier, index)
        return None, -1

    return find


def keep_aborted(original: Function) -> Function:
    """Return MiniStack's failing of an execution, which leaves a stopped one stopped."""

    def fail(execution: dict[str, Any], error: str, cause: str) -> None:
        if execution["status"] == "RUNNING":
            original(execution, error, cause)

    return fail


def install(sfn: Any, lambdas: Any) -> None:
    """Let MiniStack's state machines know errors by their types."""
    wrap(lambdas, "_execute_function_warm", with_type)
    wrap(sfn, "_find_matching_retrier", first_retrier)
    wrap(sfn, "_fail_execution", keep_aborted)
