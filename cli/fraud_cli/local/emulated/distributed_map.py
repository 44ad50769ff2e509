"""Map states in distributed mode: items from S3, children of their own, results to S3.

MiniStack runs every Map as an inline one over its input: `ItemReader`, `ResultWriter`, tolerated
failures, `MaxConcurrencyPath` and the state's own `Catch` have no effect, and children go on being
started after the execution was stopped. Here is what one of ours uses of it; anything else that a
distributed map may have ends the execution with an error that says so.
"""

# ruff: noqa: SLF001 - MiniStack offers no other way in

import contextvars
import copy
import json
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .patching import Function, wrap

EMULATED = {
    "Type", "Label", "Comment", "ItemReader", "ItemSelector", "ItemProcessor", "ResultWriter",
    "MaxConcurrency", "MaxConcurrencyPath", "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath", "InputPath", "ResultPath", "Catch", "Next", "End",
}  # fmt: skip
TOO_MANY_FAILED = "States.ExceedToleratedFailureThreshold"
SUCCEEDED, FAILED, PENDING = "SUCCEEDED", "FAILED", "PENDING"


class Children:
    """The children of one map: what each was given, and what came of it."""

    def __init__(self, inputs: Sequence[Any], tolerated_percentage: float) -> None:
        self.inputs = inputs
        self.outcomes: list[tuple[str, Any]] = [(PENDING, None)] * len(inputs)
        self._tolerated = tolerated_percentage * len(inputs) / 100

    def of(self, status: str) -> list[int]:
        """Return which children are in a state."""
        return [i for i, (found, _) in enumerate(self.outcomes) if found == status]

    @property
    def too_many_failed(self) -> bool:
        """Whether more have failed than are tolerated."""
        return len(self.of(FAILED)) > self._tolerated


def is_distributed(state: Mapping[str, Any]) -> bool:
    """Tell whether a Map state runs its items as executions of their own."""
    processor = state.get("ItemProcessor") or {}
    return (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED"


def run_children(
    children: Children, workers: int, running: Function, run: Function, failure: type[Exception]
) -> None:
    """Run children, so many at once, until all have ended, too many failed, or nobody wants them.

    Parameters
    ----------
    running
        Tells whether the execution is still wanted.
    run
        Runs the child with an index.
    failure
        What a failed child raises; it has an `error` and a `cause`.
    """

    def run_one(index: int) -> None:
        if not running() or children.too_many_failed:
            return
        try:
            children.outcomes[index] = SUCCEEDED, run(index)
        except failure as e:
            children.outcomes[index] = FAILED, e

    with ThreadPoolExecutor(max_workers=max(workers, 1)) as pool:
        contexts = [contextvars.copy_context() for _ in children.inputs]
        for future in [pool.submit(c.run, run_one, i) for i, c in enumerate(contexts)]:
            future.result()


def written(children: Children) -> dict[str, str]:
    """Return the result files by status: JSON lines, a succeeded child's output, a failed one's
    record."""
    files = {}
    for status in (SUCCEEDED, FAILED):
        lines = [
            json.dumps(children.outcomes[i][1] if status == SUCCEEDED else _record(children, i))
            for i in children.of(status)
        ]
        if lines:
            files[status] = "\n".join(lines) + "\n"
    return files


def _record(children: Children, index: int) -> dict[str, Any]:
    error = children.outcomes[index][1]
    return {
        "Status": FAILED,
        "Input": json.dumps(children.inputs[index]),
        "Error": error.error,
        "Cause": error.cause,
    }


def execute_map(sfn: Any, s3: Any, original: Function) -> Function:
    """Return MiniStack's execution of a Map state, which knows distributed ones."""

    def run(state: Mapping[str, Any], raw_input: Any, execution: dict[str, Any], ctx: Any) -> Any:
        if not is_distributed(state):
            return original(state, raw_input, execution, ctx)
        try:
            result = _DistributedMap(sfn, s3, state, execution, ctx).result(raw_input)
        except sfn._ExecutionError as e:
            catcher = sfn._find_matching_catcher(state.get("Catch", []), e.error)
            if catcher is None:
                raise
            caught = {"Error": e.error, "Cause": e.cause}
            path = catcher.get("ResultPath", "$")
            return sfn._apply_result_path_raw(path, raw_input, caught), catcher["Next"]
        return sfn._apply_result_path(state, raw_input, result), sfn._next_or_end(state)

    return run


class _DistributedMap:
    """One run of a Map state."""

    def __init__(
        self, sfn: Any, s3: Any, state: Mapping[str, Any], execution: dict[str, Any], ctx: Any
    ) -> None:
        self._sfn, self._s3 = sfn, s3
        self._state, self._execution, self._ctx = state, execution, ctx

    def result(self, raw_input: Any) -> Any:
        """Run it; return what the next state finds at ResultPath."""
        if unknown := set(self._state) - EMULATED:
            self._fail("States.Runtime", f"not emulated: {', '.join(sorted(unknown))}")
        given = self._sfn._apply_input_path(self._state, raw_input)
        contexts = [self._context(i, item) for i, item in enumerate(self._items(given))]
        selector = self._state["ItemSelector"]
        inputs = [self._sfn._resolve_params_obj(selector, given, context) for context in contexts]
        children = Children(inputs, self._number("ToleratedFailurePercentage", given))
        processor = self._state["ItemProcessor"]

        def run_child(index: int) -> Any:
            return self._sfn._run_sub_machine(
                processor["States"],
                processor["StartAt"],
                inputs[index],
                self._execution,
                contexts[index],
            )

        run_children(
            children,
            # No limit is given as 0; here it is one for each item.
            int(self._number("MaxConcurrency", given)) or len(inputs),
            lambda: self._execution["status"] == "RUNNING",
            run_child,
            self._sfn._ExecutionError,
        )
        details = self._write(children, given)
        if children.too_many_failed:
            cause = f"{len(children.of(FAILED))} of {len(inputs)} children failed"
            self._fail(TOO_MANY_FAILED, cause)
        return {"MapRunArn": f"{self._execution['executionArn']}/map", **details}

    def _items(self, given: Any) -> list[Any]:
        reader = self._state["ItemReader"]
        if reader["ReaderConfig"] != {"InputType": "JSON"}:
            self._fail("States.Runtime", f"not emulated: {reader['ReaderConfig']}")
        where = self._sfn._resolve_params_obj(reader["Parameters"], given, self._ctx)
        content = self._s3._get_object_data(where["Bucket"], where["Key"])
        if content is None:
            self._fail("States.ItemReaderFailed", f"no object {where['Key']}")
        items: list[Any] = json.loads(content)
        return items

    def _context(self, index: int, item: Any) -> Any:
        context = copy.deepcopy(self._ctx)
        context["Map"] = {"Item": {"Index": index, "Value": item}}
        return context

    def _number(self, field: str, given: Any) -> float:
        path = self._state.get(f"{field}Path")
        return float(self._sfn._resolve_path(path, given) if path else self._state.get(field, 0))

    def _write(self, children: Children, given: Any) -> dict[str, Any]:
        writer = self._state["ResultWriter"]
        if writer["WriterConfig"] != {"Transformation": "COMPACT", "OutputType": "JSONL"}:
            self._fail("States.Runtime", f"not emulated: {writer['WriterConfig']}")
        where = self._sfn._resolve_params_obj(writer["Parameters"], given, self._ctx)
        bucket, folder = where["Bucket"], f"{where['Prefix']}/{uuid.uuid4()}"
        files: dict[str, list[dict[str, Any]]] = {SUCCEEDED: [], FAILED: [], PENDING: []}
        for status, text in written(children).items():
            key = f"{folder}/{status}_0.jsonl"
            self._s3._put_object(bucket, key, text.encode(), {})
            files[status] = [{"Key": key, "Size": len(text)}]
        manifest = {"DestinationBucket": bucket, "ResultFiles": files}
        key = f"{folder}/manifest.json"
        self._s3._put_object(bucket, key, json.dumps(manifest).encode(), {})
        return {"ResultWriterDetails": {"Bucket": bucket, "Key": key}}

    def _fail(self, error: str, cause: str) -> None:
        raise self._sfn._ExecutionError(error, cause)


def install(sfn: Any, s3: Any) -> None:
    """Let MiniStack's state machines run distributed maps."""
    wrap(sfn, "_execute_map", lambda original: execute_map(sfn, s3, original))
