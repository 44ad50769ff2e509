"""Looking predictions up in the log, and saying what turned out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.adapters.labels import Labels
from fraud.adapters.log_pages import LogPages
from fraud.adapters.prediction_reading import KeptPrediction, PredictionReading
from fraud.domain.caller import Caller
from fraud.domain.errors import Conflict, Forbidden, NotFound, Unavailable
from fraud.domain.labels import Label, LabelRequest, new_label, repeated
from fraud.domain.log_listing import LogPage, PageToken, Wanted, window
from fraud.domain.prediction_ids import PredictionId
from fraud.domain.prediction_log import PredictionEntry
from fraud.domain.predictions import Outcome

LABEL_TRIES = 10
"""One more than the labels of a prediction that may come in between while one is added."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which predictions a caller asks to list, None where it does not say."""

    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    model_name: str | None = None
    client: str | None = None


def find_prediction(
    prediction_id: str, caller: Caller, log: PredictionReading, labels: Labels
) -> tuple[PredictionEntry, list[Label]]:
    """One prediction of the caller's own, or any for an admin, with its labels as they came.

    Raises
    ------
    InvalidValue
        When the id has another form.
    NotFound
        When there is none, it has expired, or it is another client's.
    """
    kept = _find(PredictionId.parse(prediction_id), caller, log)
    return kept.entry, labels.of(kept.entry.id)


def list_predictions(
    asked: Asked, limit: int, token: str | None, caller: Caller, log: LogPages
) -> tuple[LogPage, str | None]:
    """A page of the caller's predictions, newest first; of everybody's for an admin.

    Returns
    -------
    tuple of LogPage and str
        The page, and the token of the next one, None when it is the last.

    Raises
    ------
    Forbidden
        When another client's are asked for and the caller is no admin.
    InvalidValue
        When the time to list ends before it begins.
    BadRequest
        When the token is not one of ours.
    """
    if asked.client is not None and not caller.sees(asked.client):
        raise Forbidden("a key without the scope admin lists its own predictions only")
    before = PageToken.decode(token) if token is not None else None
    since = asked.since or (before.since if before else None)
    begin, end = window(since, asked.until, datetime.now(UTC))
    client = asked.client or caller.only_own
    wanted = Wanted(begin, end, asked.outcome, asked.model_name, client)
    page = log.page(wanted, limit, before.position if before else None)
    return page, PageToken(page.position, begin).encode() if page.position else None


def label_prediction(
    prediction_id: str,
    request: LabelRequest,
    caller: Caller,
    log: PredictionReading,
    labels: Labels,
) -> tuple[Label, int]:
    """Say whether a predicted transaction turned out to be fraud.

    Returns
    -------
    tuple of Label and int
        The label that now says so, or said so before; and how many the prediction has.

    Raises
    ------
    InvalidValue
        When the id has another form, or `labelled_at` cannot be.
    NotFound
        When there is no such prediction, it has expired, or it is another client's.
    Unavailable
        When others' labels of it kept coming in between.
    """
    kept = _find(PredictionId.parse(prediction_id), caller, log)
    for _ in range(LABEL_TRIES):
        known = labels.of(kept.entry.id)
        label = new_label(kept.entry, request, caller.client, datetime.now(UTC), known)
        same = repeated(request, caller.client, known)
        if same is not None:
            return same, len(known)
        with suppress(Conflict):
            labels.add(label, len(known), kept.expires_at)
            return label, len(known) + 1
    raise Unavailable("many labels of this prediction came at once; try again in a moment")


def _find(prediction_id: PredictionId, caller: Caller, log: PredictionReading) -> KeptPrediction:
    unknown = NotFound(f"there is no prediction {prediction_id}{_hint(prediction_id)}")
    try:
        kept = log.get(prediction_id)
    except NotFound:
        raise unknown from None
    if not caller.sees(kept.entry.client):
        raise unknown
    return kept


def _hint(prediction_id: PredictionId) -> str:
    # Given for every id without an index: whether it is somebody's batch is not told.
    if prediction_id.index is not None:
        return ""
    return f"; if it is the id of a batch, ask for one of its members, such as {prediction_id}-0"
