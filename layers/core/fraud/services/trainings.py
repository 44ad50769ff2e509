"""Asking for a training, and looking at trainings."""

from __future__ import annotations

import hashlib
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.training_queue import TrainingQueue
from fraud.adapters.trainings_table import TrainingPage, TrainingsTable
from fraud.domain.caller import Caller
from fraud.domain.errors import LeaseHeld, NotFound, Unavailable
from fraud.domain.links import check_bucket, parse_link
from fraud.domain.trainings import Training, TrainingRequest

UPLOAD_EXPIRES_S = 3600
NOT_QUEUED = "not_queued"
_TRAINING_ID = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


@dataclass(frozen=True)
class LinkRules:
    """Which links a dataset may come from."""

    buckets: frozenset[str]
    allow_loopback: bool


def request_training(
    request: TrainingRequest,
    caller: Caller,
    trainings: TrainingsTable,
    queue: TrainingQueue,
    rules: LinkRules,
) -> Training:
    """Register a training and queue it.

    The row is written first, so that nothing is queued that is not known; should this process die
    in between, the sweeper queues it. A training that could not be queued ends at once, for the
    caller is told that it was not accepted; should its message have got through all the same, the
    trainer finds that. Where it cannot be ended, because a trainer has it or the table does not
    answer any more, it was accepted: it runs, or the sweeper queues it.

    Raises
    ------
    InvalidValue
        When the link may not be fetched from.
    Unavailable
        When the table or the queue does not answer.
    """
    link = parse_link(request.dataset, allow_loopback=rules.allow_loopback)
    check_bucket(link, rules.buckets)
    training = trainings.register(request, caller.client, datetime.now(UTC))
    try:
        queue.send(training.id)
    except Unavailable as e:
        if _ended(training, e, trainings):
            raise
    return training


def _ended(training: Training, why: Unavailable, trainings: TrainingsTable) -> bool:
    """End a training that was not queued; False when it may run all the same."""
    error = {"code": NOT_QUEUED, "message": why.message}
    try:
        return trainings.end(training.id, datetime.now(UTC), error)
    except (LeaseHeld, Unavailable):
        return False


def find_training(training_id: str, caller: Caller, trainings: TrainingsTable) -> Training:
    """One training of the caller's own, or any for an admin.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    """
    if not _TRAINING_ID.fullmatch(training_id):
        raise NotFound("there is no such training; ids are whole numbers from 1 on")
    unknown = NotFound(f"there is no training {training_id}")
    training = trainings.get(int(training_id))
    if not caller.sees(training.client):
        raise unknown
    return training


def list_trainings(
    limit: int, token: str | None, caller: Caller, trainings: TrainingsTable
) -> TrainingPage:
    """The caller's trainings, newest first; everybody's for an admin."""
    return trainings.newest(limit, caller.only_own, token)


@dataclass(frozen=True)
class DatasetUpload:
    """Where to PUT a dataset that must not be public, and the link to train from afterwards."""

    upload_url: str
    dataset: str
    expires_s: int


def prepare_upload(caller: Caller, bucket: ArtifactsBucket) -> DatasetUpload:
    """A presigned upload, open for an hour, under a name nobody can guess."""
    owner = hashlib.sha256(caller.client.encode()).hexdigest()[:16]
    url, link = bucket.presign_upload(f"{owner}/{uuid.uuid4().hex}", UPLOAD_EXPIRES_S)
    return DatasetUpload(url, link, UPLOAD_EXPIRES_S)
