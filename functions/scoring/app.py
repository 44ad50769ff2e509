"""POST and GET /api/v1/scoring, .../{id}, .../{id}/cancel: score whole files and follow that."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from fraud.domain.scorings import ScoringRequest
from fraud.http import scoring_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.services import scorings as service
from fraud.wiring import scoring as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Bulk scoring", answers=kept_answers)

ScoringId = Annotated[str, Path(description="Id of the scoring, as `POST scoring` gave it.")]


@api.described("POST", "/api/v1/scoring", status=202, errors=[404], idempotent=True)
def post_scoring(request: ScoringRequest) -> Response[answers.ScoringAccepted]:
    """Score files of any size; the answer comes before the work."""
    scoring = service.request_scoring(
        request, api.caller, wiring.scorings(), wiring.models(), wiring.engine(), wiring.rules()
    )
    location = f"{api.current_event.request_context.path.rstrip('/')}/{scoring.id}"
    body = answers.ScoringAccepted(id=scoring.id)
    return Response(202, "application/json", body, headers={"Location": location})


@api.described("GET", "/api/v1/scoring", errors=[400, 422])
def list_scorings(limit: PageSize = 20, next_token: NextToken = None) -> answers.ScoringList:
    """List bulk scorings, newest first: your own, or everybody's with an admin key."""
    page = service.list_scorings(limit, next_token, api.caller, wiring.scorings())
    return answers.ScoringList.of(page)


@api.described("GET", "/api/v1/scoring/<id>", errors=[404])
def get_scoring(id: ScoringId) -> answers.ScoringAnswer:  # noqa: A002 - the path says id
    """Follow a bulk scoring: progress, counts by outcome, refused rows, cost, and its result."""
    found = service.find_scoring(id, api.caller, wiring.places())
    return answers.ScoringAnswer.found(**found.__dict__)


@api.described("POST", "/api/v1/scoring/<id>/cancel", errors=[404, 409])
def cancel_scoring(id: ScoringId, _: answers.CancelRequest) -> answers.ScoringCancelled:  # noqa: A002
    """Call a bulk scoring off: no result is left, and saying so again changes nothing."""
    scoring = service.cancel_scoring(id, api.caller, wiring.places())
    return answers.ScoringCancelled(id=scoring.id, status=scoring.status)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
