"""What a state machine on the emulator is told when a function raises."""

import traceback

import pytest

from fraud_cli.local.emulated.state_errors import error_type, first_retrier, with_type


class DatasetError(Exception):
    """As a worker raises it."""


def trace(cause: Exception | None = None) -> str:
    try:
        try:
            raise cause or ValueError("first")  # noqa: TRY301
        except Exception as e:
            raise DatasetError("two\nlines: of it") from e
    except DatasetError:
        return traceback.format_exc()


def test_the_type_is_that_of_the_exception_that_was_not_handled():
    assert error_type("logged before\n" + trace()) == "DatasetError"
    assert error_type(trace(KeyError("x"))) == "DatasetError"


@pytest.mark.parametrize("log", ["", "Worker process died", "Error: no trace"])
def test_without_a_trace_there_is_no_type(log):
    assert error_type(log) is None


def test_an_answer_is_left_alone_and_an_error_named():
    def failing(event):
        body = {"errorType": "Runtime.HandlerError", "errorMessage": "x"}
        return {"error": True, "body": body, "log": trace()}

    def died(event):
        return {"error": True, "body": {"errorType": "Runtime.HandlerError"}, "log": "died"}

    assert with_type(failing)({})["body"]["errorType"] == "DatasetError"
    assert with_type(died)({})["body"]["errorType"] == "Runtime.HandlerError"
    assert with_type(lambda event: {"body": [event]})({}) == {"body": [{}]}


def test_a_retrier_without_attempts_excepts_its_errors_from_later_ones():
    retriers = [
        {"ErrorEquals": ["DatasetError"], "MaxAttempts": 0},
        {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 2},
    ]
    find = first_retrier(lambda: None)
    assert find(retriers, "DatasetError", {}) == (None, -1)
    assert find(retriers, "Unavailable", {})[1] == 1
    assert find(retriers, "Unavailable", {1: 2}) == (None, -1)
