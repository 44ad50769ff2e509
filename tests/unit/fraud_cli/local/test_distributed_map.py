"""The emulator's distributed maps: children at once, failures within what is tolerated, records."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from fraud_cli.local.emulated.distributed_map import (
    FAILED,
    PENDING,
    SUCCEEDED,
    Children,
    execute_map,
    run_children,
    written,
)


class Failure(Exception):
    """What a failed child raises."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


def run_some(children: Children, failing: set[int], workers: int = 1) -> list[int]:
    """Run children; which ones were begun."""
    begun: list[int] = []

    def run(index: int) -> dict[str, int]:
        begun.append(index)
        if index in failing:
            raise Failure("DatasetError", "damaged")
        return {"name": index}

    run_children(children, workers, lambda: True, run, Failure)
    return begun


def test_failures_within_what_is_tolerated_keep_nobody_from_running() -> None:
    children = Children(list("abcd"), tolerated_percentage=50)
    assert run_some(children, {0, 3}) == [0, 1, 2, 3]
    assert (children.of(SUCCEEDED), children.of(FAILED)) == ([1, 2], [0, 3])
    assert not children.too_many_failed


def test_one_failure_too_many_keeps_the_others_from_being_begun() -> None:
    children = Children(list("abcd"), tolerated_percentage=0)
    assert run_some(children, {1}) == [0, 1]
    assert children.too_many_failed
    assert children.of(PENDING) == [2, 3]


def test_children_of_a_stopped_execution_are_not_begun() -> None:
    children = Children(list("abc"), tolerated_percentage=0)
    wanted = iter([True, False, False])
    run_children(children, 1, lambda: next(wanted), lambda i: i, Failure)
    assert children.of(SUCCEEDED) == [0]


def test_as_many_children_run_at_once_as_are_allowed() -> None:
    both = threading.Barrier(2)
    children = Children(list("ab"), tolerated_percentage=0)
    run_children(children, 2, lambda: True, lambda _: both.wait(timeout=10), Failure)
    assert children.of(SUCCEEDED) == [0, 1]


def test_results_are_written_by_status_with_what_a_failed_child_was_given() -> None:
    children = Children([{"shard": 0}, {"shard": 1}], tolerated_percentage=100)
    run_some(children, {1})
    files = written(children)
    assert json.loads(files[SUCCEEDED]) == {"name": 0}
    record = json.loads(files[FAILED])
    assert (record["Error"], json.loads(record["Input"])) == ("DatasetError", {"shard": 1})
    assert PENDING not in files


def test_a_field_that_is_not_emulated_ends_the_execution() -> None:
    def emulator(**_: Any) -> SimpleNamespace:
        return SimpleNamespace(_ExecutionError=Failure, _find_matching_catcher=lambda *_: None)

    run = execute_map(emulator(), None, lambda *_: "an inline map")
    state = {"ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}, "ItemBatcher": {}}
    with pytest.raises(Failure, match=r"States\.Runtime"):
        run(state, {}, {}, {})
    assert run({"ItemProcessor": {}}, {}, {}, {}) == "an inline map"
