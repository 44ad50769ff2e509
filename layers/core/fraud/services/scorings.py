"""Asking for bulk scorings, looking at them, calling them off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.adapters.models_table import ModelsTable
from fraud.adapters.scoring_bucket import MANIFEST, MERGED, RESULT_LINK_S, ScoringBucket
from fraud.adapters.scorings_table import ScoringPage, ScoringsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.caller import Caller
from fraud.domain.errors import Conflict, InvalidField, InvalidValue, NoModel, NotFound, Unavailable
from fraud.domain.links import check_bucket, parse_link
from fraud.domain.scorings import (
    OPEN,
    Scoring,
    ScoringFailure,
    ScoringLimits,
    ScoringProgress,
    ScoringRequest,
    ScoringStatus,
    is_scoring_id,
    new_scoring_id,
)
from fraud.domain.uploads import check_own_bucket
from fraud.services.finding_models import find_record
from fraud.services.trainings import LinkRules

NOT_STARTED = "not_started"
CAPPED = ("max_concurrency", "max_rows", "max_cost_usd")
NO_MODEL = "no model is enabled yet; train one with POST /api/v1/training, or name one"
ENGINE_FAILED = ScoringFailure(
    code="engine_failed",
    message="The workflow ended before the scoring did; send the request again.",
)


@dataclass(frozen=True)
class ScoringRules:
    """What a scoring may read and take."""

    links: LinkRules
    limits: ScoringLimits


@dataclass(frozen=True)
class ScoringPlaces:
    """Where a scoring is: its row, the models it may name, its execution, its files."""

    scorings: ScoringsTable
    models: ModelsTable
    engine: WorkflowEngine
    bucket: ScoringBucket


@dataclass(frozen=True)
class FoundScoring:
    """A scoring, how far it is, and links to its result, None while there is none."""

    scoring: Scoring
    progress: ScoringProgress
    manifest: str | None = None
    merged: str | None = None
    expires_s: int = RESULT_LINK_S


def request_scoring(
    request: ScoringRequest,
    caller: Caller,
    places: ScoringPlaces,
    rules: ScoringRules,
) -> Scoring:
    """Register a scoring and start it.

    Raises
    ------
    InvalidValue
        When the link may not be read, or a limit is above the stack's.
    NotFound
        When there is no such model.
    NoModel
        When none is named and none is enabled.
    Unavailable
        When the table or the engine does not answer.
    """
    _check_link(request.dataset, caller, rules.links)
    if request.model is not None:
        find_record(request.model, places.models)
    elif places.models.champion() is None:
        raise NoModel(NO_MODEL, retry_after_s=30)
    now = datetime.now(UTC)
    scoring = Scoring(
        id=new_scoring_id(now),
        request=request,
        limits=_limits(request, rules.limits),
        client=caller.client,
        created_at=now,
        updated_at=now,
    )
    places.scorings.register(scoring)
    try:
        places.engine.start(scoring.id)
    except Unavailable as e:
        failure = ScoringFailure(code=NOT_STARTED, message=e.message)
        _end(scoring.id, ScoringStatus.ERROR, places.scorings, error=failure)
        raise
    return scoring


def find_scoring(scoring_id: str, caller: Caller, places: ScoringPlaces) -> FoundScoring:
    """One scoring of the caller's own, or any for an admin.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    """
    scorings, bucket = places.scorings, places.bucket
    scoring = own_scoring(scoring_id, caller, scorings)
    if not scoring.status.terminal and places.engine.abandoned(scoring_id):
        scoring = _end(
            scoring_id, ScoringStatus.ERROR, scorings, error=ENGINE_FAILED
        ) or own_scoring(scoring_id, caller, scorings)
        if scoring.status is not ScoringStatus.PROCESSED:
            bucket.withdraw(scoring_id)
    progress = scorings.progress(scoring_id)
    if scoring.result is None:
        return FoundScoring(scoring, progress)
    merged = bucket.link(scoring_id, MERGED) if scoring.result.merged else None
    return FoundScoring(scoring, progress, bucket.link(scoring_id, MANIFEST), merged)


def list_scorings(
    limit: int, token: str | None, caller: Caller, scorings: ScoringsTable
) -> ScoringPage:
    """The caller's scorings, newest first; everybody's for an admin."""
    return scorings.newest(limit, caller.only_own, token)


def cancel_scoring(scoring_id: str, caller: Caller, places: ScoringPlaces) -> Scoring:
    """Call a scoring off; calling it off again changes nothing.

    The state is written first: a worker or an end that comes later finds it. An end that was cut
    short may have left a result, which nobody else takes away.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    Conflict
        When it has ended.
    """
    scorings = places.scorings
    scoring = own_scoring(scoring_id, caller, scorings)
    if not scoring.status.terminal:
        scoring = _end(scoring_id, ScoringStatus.CANCELLED, scorings) or own_scoring(
            scoring_id, caller, scorings
        )
    if scoring.status is not ScoringStatus.CANCELLED:
        raise Conflict(f"{scoring_id} has ended as {scoring.status}; there is nothing to cancel")
    places.engine.stop(scoring_id, f"cancelled by {caller.client}")
    places.bucket.withdraw(scoring_id)
    return scoring


def own_scoring(scoring_id: str, caller: Caller, scorings: ScoringsTable) -> Scoring:
    """A scoring that the caller may see.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    """
    unknown = NotFound(f"there is no scoring {scoring_id[:40]}")
    if not is_scoring_id(scoring_id):
        raise unknown
    scoring = scorings.get(scoring_id)
    if not caller.sees(scoring.client):
        raise unknown
    return scoring


def _end(
    scoring_id: str, status: ScoringStatus, scorings: ScoringsTable, **facts: object
) -> Scoring | None:
    """Bring a scoring to an end; None when it has ended already."""
    now = datetime.now(UTC)
    try:
        return scorings.change(
            scoring_id, OPEN, now, status=status, finished_at=now.isoformat(), **facts
        )
    except Conflict:
        return None


def _check_link(text: str, caller: Caller, rules: LinkRules) -> None:
    link = parse_link(text, allow_loopback=rules.allow_loopback)
    check_bucket(link, rules.buckets)
    # The result repeats what was read: others' uploads and results are not for this client.
    check_own_bucket(link, rules.own_bucket, caller)


def _limits(request: ScoringRequest, most: ScoringLimits) -> ScoringLimits:
    asked = {name: getattr(request, name) for name in ScoringLimits.model_fields}
    above = [
        InvalidField(name, f"is {value:g}, and this stack allows at most {getattr(most, name):g}")
        for name, value in asked.items()
        if name in CAPPED and value is not None and value > getattr(most, name)
    ]
    if above:
        raise InvalidValue(f"{above[0].field} {above[0].message}", above)
    return most.model_copy(update={n: v for n, v in asked.items() if v is not None})
