"""GET /api/v1/models and what is below: which models there are, and how they differ."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from fraud.domain.comparison_sections import ModelComparison
from fraud.http import model_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.http.rendered import json_response
from fraud.http.report_page import report_response
from fraud.services import models as service
from fraud.wiring import models as wiring

api = Api("Models")
Name = Annotated[str, Path()]


@api.described("GET", "/api/v1/models", errors=[400, 422])
def list_models(
    limit: PageSize = 20,
    next_token: NextToken = None,
) -> answers.ModelList:
    """List models, newest first, with their state and main metrics."""
    return answers.ModelList.of(service.list_models(limit, next_token, wiring.models()))


@api.described("GET", "/api/v1/models/<name>", errors=[404], rendered=answers.ModelAnswer)
def get_model(name: Name) -> Response[str]:
    """Look at one model: state, history of changes, card."""
    facts = service.find_model(name, wiring.models(), wiring.bucket())
    return json_response(answers.model_answer(facts))


@api.described(
    "GET",
    "/api/v1/models/<name>/report",
    errors=[404, 413],
    rendered=str,
    media_type="text/html",
)
def get_model_report(name: Name) -> Response[str]:
    """Read a model's report: one page of HTML with curves, thresholds and findings."""
    return report_response(service.read_report(name, wiring.models(), wiring.bucket()))


@api.described(
    "GET", "/api/v1/models/<name>/compare/<other>", errors=[404], rendered=ModelComparison
)
def compare_models(name: Name, other: Name) -> Response[str]:
    """Compare two models: metrics, policies, inputs, candidates, live scores, and in words."""
    found = service.compare_models(name, other, *wiring.stores())
    return json_response(found.model_dump(mode="json", exclude_none=True))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
