"""POST and GET /api/v1/training, POST /api/v1/datasets: ask for trainings and follow them."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from fraud.domain.trainings import TrainingRequest
from fraud.http import training_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.services import trainings as service
from fraud.wiring import training as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Training", answers=kept_answers)


@api.described("POST", "/api/v1/training", status=202, idempotent=True)
def post_training(request: TrainingRequest) -> Response[answers.TrainingAccepted]:
    """Train a model from a CSV link; the answer comes before the work."""
    training = service.request_training(request, api.caller, *wiring.collaborators())
    location = f"{api.current_event.request_context.path.rstrip('/')}/{training.id}"
    body = answers.TrainingAccepted(id=training.id)
    return Response(202, "application/json", body, headers={"Location": location})


@api.described("GET", "/api/v1/training", errors=[400, 422])
def list_trainings(
    limit: PageSize = 20,
    next_token: NextToken = None,
) -> answers.TrainingList:
    """List trainings, newest first: your own, or everybody's with an admin key."""
    page = service.list_trainings(limit, next_token, api.caller, wiring.trainings())
    return answers.TrainingList.of(page)


@api.described("GET", "/api/v1/training/<id>", errors=[404])
def get_training(id: Annotated[str, Path()]) -> answers.TrainingAnswer:  # noqa: A002 - the path says id
    """Follow a training: status, stage, progress, findings, and its model or its error."""
    training = service.find_training(
        id, api.caller, wiring.trainings(), wiring.models(), wiring.workflow()
    )
    return answers.TrainingAnswer.of(training)


@api.described("POST", "/api/v1/datasets", status=201)
def post_dataset(_: answers.UploadRequest) -> Response[answers.UploadAnswer]:
    """Get an upload link for data that must not be public; then train from `dataset`."""
    upload = service.prepare_upload(api.caller, wiring.bucket())
    return Response(201, "application/json", answers.UploadAnswer(**upload.__dict__))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
