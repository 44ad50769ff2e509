"""POST /api/v1/models/...: which model is the champion, which the challenger, and why."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Path

from fraud.domain.registry import Action
from fraud.http.api import Api
from fraud.http.change_answers import ChallengeRequest, ChangeAnswer, ChangeRequest
from fraud.http.idempotency import key_of
from fraud.services import registry as service
from fraud.wiring import models as wiring
from fraud.wiring.idempotency import answers as kept_answers

api = Api("Models", answers=kept_answers)
Name = Annotated[str, Path()]


def _changed(name: str, action: Action, why: str, share: float | None = None) -> ChangeAnswer:
    order = service.ordered(action, api.caller.client, why, share)
    return ChangeAnswer.of(service.change_model(name, order, wiring.changes(), wiring.bucket()))


@api.described("POST", "/api/v1/models/<name>/promote", errors=[404, 409])
def promote_model(name: Name, request: ChangeRequest) -> ChangeAnswer:
    """Enable a model, archived ones included; the champion so far is archived."""
    return _changed(name, Action.PROMOTE, request.reason)


@api.described("POST", "/api/v1/models/rollback", errors=[409], idempotent=True)
def rollback_model(request: ChangeRequest) -> ChangeAnswer:
    """Enable the champion before this one; again for the one before that."""
    key = key_of(api.current_event.raw_event)
    order = service.ordered(Action.ROLLBACK, api.caller.client, request.reason, key=key)
    return ChangeAnswer.of(service.roll_back(order, wiring.changes(), wiring.bucket()))


@api.described("POST", "/api/v1/models/<name>/challenge", errors=[404, 409])
def challenge_model(name: Name, request: ChallengeRequest) -> ChangeAnswer:
    """Try a model on a share of requests; the challenger so far becomes a candidate."""
    return _changed(name, Action.CHALLENGE, request.reason, request.share)


@api.described("POST", "/api/v1/models/<name>/withdraw", errors=[404, 409])
def withdraw_model(name: Name, request: ChangeRequest) -> ChangeAnswer:
    """End the trial of the challenger, which becomes a candidate again."""
    return _changed(name, Action.WITHDRAW, request.reason)


@api.described("POST", "/api/v1/models/<name>/archive", errors=[404, 409])
def archive_model(name: Name, request: ChangeRequest) -> ChangeAnswer:
    """Put a model away; not the champion."""
    return _changed(name, Action.ARCHIVE, request.reason)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda entry point."""
    return api.resolve(event, context)
