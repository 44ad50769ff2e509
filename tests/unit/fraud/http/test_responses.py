"""The error form: every error has a status, and every answer the same shape."""

import json

import pytest

from fraud.domain import errors
from fraud.domain.errors import FraudError, InvalidField, InvalidValue, NoModel, Throttled
from fraud.http.responses import STATUS_CODES, error_response, plain_error, status_of


def all_errors(kind: type[FraudError] = FraudError) -> list[type[FraudError]]:
    return [kind] + [e for child in kind.__subclasses__() for e in all_errors(child)]


@pytest.mark.parametrize("kind", [e for e in all_errors() if e.__module__ == errors.__name__])
def test_every_error_has_a_status_of_its_own_or_its_parents(kind: type[FraudError]) -> None:
    parents = [parent for parent in kind.__mro__ if parent in STATUS_CODES]
    assert parents[0] is not FraudError or kind is FraudError


@pytest.mark.parametrize("kind", [e for e in all_errors() if e.__module__ == errors.__name__])
def test_every_error_is_drawn_in_the_hierarchy(kind: type[FraudError]) -> None:
    assert f" {kind.__name__} " in f" {errors.__doc__} ".replace("\n", " \n ")


def test_a_bad_value_names_the_first_field_and_all_fields() -> None:
    error = InvalidValue("a: is bad", [InvalidField("a", "is bad"), InvalidField("b", "too")])
    detail = json.loads(error_response(error, "r1").body or "")["error"]
    assert detail["field"] == "a"
    assert [f["field"] for f in detail["fields"]] == ["a", "b"]
    assert detail["request_id"] == "r1"


@pytest.mark.parametrize("error", [Throttled("slow", retry_after_s=30), NoModel("none")])
def test_what_passes_says_when_to_come_back(error: FraudError) -> None:
    answer = plain_error(error, "r")
    assert answer["headers"]["Retry-After"] == str(error.retry_after_s)  # type: ignore[attr-defined]
    assert answer["statusCode"] in {429, 503}


def test_a_subclass_is_answered_like_its_parent() -> None:
    assert status_of(NoModel("none")) == 503
