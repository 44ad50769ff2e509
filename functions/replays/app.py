"""POST /api/v1/models/{name}/replay, GET /api/v1/replays: what would a model have done?"""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from fraud.domain.replays import ReplayRequest
from fraud.http import replay_answers as answers
from fraud.http.api import Api
from fraud.http.paging import NextToken, PageSize
from fraud.http.rendered import json_response
from fraud.services import replays as service
from fraud.wiring import replays as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Replays", answers=kept_answers)
ReplayId = Annotated[str, Path(description="Number of the replay, as asking for it gave it.")]


@api.described(
    "POST", "/api/v1/models/<name>/replay", status=202, errors=[404, 422], idempotent=True
)
def post_replay(
    name: Annotated[str, Path()], request: ReplayRequest
) -> Response[answers.ReplayAccepted]:
    """Score the logged predictions of a time with this model; the answer comes before the work."""
    replay = service.request_replay(name, request, api.caller, *wiring.collaborators())
    root, _, _ = api.current_event.request_context.path.rpartition("/models/")
    headers = {"Location": f"{root}/replays/{replay.id}"}
    return Response(202, "application/json", answers.ReplayAccepted(id=replay.id), headers=headers)


@api.described("GET", "/api/v1/replays", errors=[400, 422], rendered=answers.ReplayList)
def list_replays(
    limit: PageSize = 20,
    next_token: NextToken = None,
) -> Response[str]:
    """List replays, newest first."""
    page = service.list_replays(limit, next_token, wiring.replays())
    return json_response(answers.list_answer(page))


@api.described("GET", "/api/v1/replays/<id>", errors=[404], rendered=answers.ReplayAnswer)
def get_replay(id: ReplayId) -> Response[str]:  # noqa: A002 - the path says id
    """Follow a replay; once processed, what was answered beside what the model would have said."""
    return json_response(answers.replay_answer(service.find_replay(id, wiring.replays())))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
