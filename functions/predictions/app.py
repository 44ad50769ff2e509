"""GET /api/v1/predictions and .../{prediction_id}, POST .../label: the log, and what turned out."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from fraud.domain.labels import LabelRequest
from fraud.domain.moments import Moment
from fraud.domain.predictions import Outcome
from fraud.http import prediction_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.services import predictions as service
from fraud.wiring import predictions as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Predictions", answers=kept_answers)
Id = Annotated[str, Path()]


@api.described("GET", "/api/v1/predictions", errors=[400, 422])
def list_predictions(
    since: Annotated[Moment | None, Query(alias="from", description=answers.FROM)] = None,
    until: Annotated[Moment | None, Query(alias="to", description=answers.TO)] = None,
    outcome: Annotated[Outcome | None, Query(description="Those with this outcome.")] = None,
    model: Annotated[answers.Name | None, Query(description=answers.MODEL)] = None,
    client: Annotated[answers.Name | None, Query(description=answers.CLIENT)] = None,
    limit: PageSize = 20,
    next_token: NextToken = None,
) -> answers.PredictionList:
    """List predictions, newest first: your own, or everybody's with an admin key."""
    asked = service.Asked(since, until, outcome, model, client)
    page, following = service.list_predictions(asked, limit, next_token, api.caller, wiring.pages())
    return answers.PredictionList.of(page, following)


@api.described("GET", "/api/v1/predictions/<prediction_id>", errors=[404, 422])
def get_prediction(prediction_id: Id) -> answers.LoggedPrediction:
    """Read a prediction as it was asked, made and answered, with its labels.

    Of a batch ask for the members, `pr_…-0` and so on: its own id is not found.
    """
    found = service.find_prediction(prediction_id, api.caller, wiring.log(), wiring.labels())
    return answers.LoggedPrediction.of(*found, in_full=api.caller.is_admin)


@api.described("POST", "/api/v1/predictions/<prediction_id>/label", errors=[404], idempotent=True)
def post_label(prediction_id: Id, request: LabelRequest) -> answers.LabelAccepted:
    """Say whether a transaction turned out to be fraud; saying the same again changes nothing.

    Another label is added to the history; of all, the one with the latest `labelled_at` counts.
    """
    log, labels = wiring.log(), wiring.labels()
    label, n = service.label_prediction(prediction_id, request, api.caller, log, labels)
    return answers.LabelAccepted.of(label, n)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
