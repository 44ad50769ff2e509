"""Errors of tasks by the types that functions raised, and what retries and stops make of them.

MiniStack calls every exception of a handler by one name, tries an error again that a retrier with
no attempts excepts, and lets an execution that was stopped end as failed.
"""

# ruff: noqa: SLF001 - MiniStack offers no other way in

import contextvars
from collections.abc import Mapping, Sequence
from typing import Any

from .patching import Function, wrap

_raised: contextvars.ContextVar[str] = contextvars.ContextVar("raised", default="")


def noting_type(original: Function) -> Function:
    """Return MiniStack's call of a Python worker, remembering the type of what a handler raised."""

    def invoke(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        last = str(result.get("trace") or "").rstrip().rpartition("\n")[2]
        _raised.set(last.partition(":")[0].rpartition(".")[2])
        return result

    return invoke


def call_lambda(sfn: Any, original: Function) -> Function:
    """Return MiniStack's task of a function, whose error is the type that the handler raised."""

    def call(*args: Any) -> Any:
        _raised.set("")
        try:
            return original(*args)
        except sfn._ExecutionError as e:
            if e.error == "Runtime.HandlerError" and _raised.get():
                raise sfn._ExecutionError(_raised.get(), e.cause) from e
            raise

    return call


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


def install(sfn: Any, worker: Any) -> None:
    """Let MiniStack's state machines know errors by their types."""
    wrap(worker, "invoke", noting_type)
    wrap(sfn, "_call_lambda", lambda original: call_lambda(sfn, original))
    wrap(sfn, "_find_matching_retrier", first_retrier)
    wrap(sfn, "_fail_execution", keep_aborted)
