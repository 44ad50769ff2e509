"""Asking for a training, and looking at trainings."""

from __future__ import annotations

import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.trainings_table import TrainingPage, TrainingsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.caller import Caller
from fraud.domain.errors import NotFound
from fraud.domain.jobs import parse_job_id
from fraud.domain.links import check_bucket, parse_link
from fraud.domain.trainings import Training, TrainingRequest
from fraud.domain.uploads import check_own_bucket, uploads_of
from fraud.services.giving_up import abandoned, give_up_abandoned
from fraud.services.leased_jobs import queue_registered
from fraud.services.training_quota import TrainingQuota

UPLOAD_EXPIRES_S = 3600


@dataclass(frozen=True)
class LinkRules:
    """Which links a dataset may come from; `own_bucket` holds other clients' files, too."""

    buckets: frozenset[str]
    allow_loopback: bool
    own_bucket: str


def request_training(
    request: TrainingRequest,
    caller: Caller,
    trainings: TrainingsTable,
    queue: TrainingQueue,
    rules: LinkRules,
    quota: TrainingQuota | None = None,
) -> Training:
    """Register a training and queue it.

    Parameters
    ----------
    quota
        Of the clients; None for the product's own trainings, which count for nobody.

    Raises
    ------
    InvalidValue
        When the link may not be fetched from.
    Throttled
        When the client has asked for as many trainings today as it may.
    Unavailable
        When the table or the queue does not answer.
    """
    link = parse_link(request.dataset, allow_loopback=rules.allow_loopback)
    check_bucket(link, rules.buckets)
    check_own_bucket(link, rules.own_bucket, caller)
    now = datetime.now(UTC)
    with quota.counted(caller.client, now) if quota else nullcontext():
        training = trainings.register(request, caller.client, now)
        return queue_registered(training, trainings, queue, swept=True)


def find_training(
    training_id: str,
    caller: Caller,
    trainings: TrainingsTable,
    models: ModelsTable,
    workflow: WorkflowEngine,
) -> Training:
    """One training of the caller's own, or any for an admin.

    One over many files whose workflow has been stopped, or has died, ends here, before the sweeper
    comes by.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    """
    training = trainings.get(parse_job_id(trainings.kind, training_id))
    if not caller.sees(training.client):
        raise NotFound(f"there is no training {training_id}")
    if not abandoned(training, workflow):
        return training
    give_up_abandoned(training, trainings, models, datetime.now(UTC))
    return trainings.get(training.id)


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
    key = f"{uploads_of(caller.client)}{uuid.uuid4().hex}.csv"
    url, link = bucket.presign_upload(key, UPLOAD_EXPIRES_S)
    return DatasetUpload(url, link, UPLOAD_EXPIRES_S)
