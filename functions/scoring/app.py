"""POST and GET /api/v1/scoring, .../{id}, .../parts, .../cancel: score whole files, follow that."""

# ruff: noqa: A002 - paths say id
from typing import Any

from aws_lambda_powertools.event_handler import Response

from fraud.domain.scorings import ScoringRequest
from fraud.http import scoring_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.services import scoring_parts, scorings
from fraud.wiring import scoring as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Bulk scoring", answers=kept_answers)


@api.described("POST", "/api/v1/scoring", status=202, errors=[404], idempotent=True)
def post_scoring(request: ScoringRequest) -> Response[answers.ScoringAccepted]:
    """Score files of any size; the answer comes before the work."""
    scoring = scorings.request_scoring(request, api.caller, wiring.places(), wiring.rules())
    location = f"{api.current_event.request_context.path.rstrip('/')}/{scoring.id}"
    body, headers = answers.ScoringAccepted(id=scoring.id), {"Location": location}
    return Response(202, "application/json", body, headers=headers)


@api.described("GET", "/api/v1/scoring", errors=[400, 422])
def list_scorings(limit: PageSize = 20, next_token: NextToken = None) -> answers.ScoringList:
    """List bulk scorings, newest first: your own, or everybody's with an admin key."""
    page = scorings.list_scorings(limit, next_token, api.caller, wiring.scorings())
    return answers.ScoringList.of(page)


@api.described("GET", "/api/v1/scoring/<id>", errors=[404])
def get_scoring(id: answers.ScoringId) -> answers.ScoringAnswer:
    """Follow a bulk scoring: progress, counts by outcome, refused rows, cost, and its result."""
    found = scorings.find_scoring(id, api.caller, wiring.places())
    return answers.ScoringAnswer.found(**found.__dict__)


@api.described("GET", "/api/v1/scoring/<id>/parts", errors=[400, 404, 409, 422])
def list_parts(
    id: answers.ScoringId, limit: PageSize = 20, next_token: NextToken = None
) -> answers.ScoringParts:
    """List the parts of a result, each with a link to it and to its refused rows."""
    page = scoring_parts.list_parts(id, limit, next_token, api.caller, wiring.places())
    return answers.ScoringParts.model_validate(page)


@api.described("POST", "/api/v1/scoring/<id>/cancel", errors=[404, 409])
def cancel_scoring(id: answers.ScoringId, _: answers.CancelRequest) -> answers.ScoringCancelled:
    """Call a bulk scoring off: no result is left, and saying so again changes nothing."""
    scoring = scorings.cancel_scoring(id, api.caller, wiring.places())
    return answers.ScoringCancelled(id=scoring.id, status=scoring.status)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
