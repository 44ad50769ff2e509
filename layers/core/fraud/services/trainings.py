"""Asking for a training, and looking at trainings."""

from __future__ import annotations

import uuid
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.trainings_table import TrainingPage, TrainingsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.caller import Caller
from fraud.domain.errors import FraudError, LeaseLost, NotFound
from fraud.domain.jobs import JobStatus, parse_job_id
from fraud.domain.links import check_bucket, parse_link
from fraud.domain.trainings import Training, TrainingRequest
from fraud.domain.uploads import check_own_bucket, uploads_of
from fraud.services.leased_jobs import queue_registered
from fraud.services.training_quota import TrainingQuota

UPLOAD_EXPIRES_S = 3600
WORKFLOW_ENDED = FraudError(
    "The workflow ended before the training did; send the request again.", code="workflow_ended"
)


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
    training_id: str, caller: Caller, trainings: TrainingsTable, workflow: WorkflowEngine
) -> Training:
    """One training of the caller's own, or any for an admin.

    One over many files whose workflow has been stopped, or has died, ends here: nothing else would
    notice.

    Raises
    ------
    NotFound
        When there is none, or it is another client's.
    """
    training = trainings.get(parse_job_id(trainings.kind, training_id))
    if not caller.sees(training.client):
        raise NotFound(f"there is no training {training_id}")
    if training.status is JobStatus.PROCESSING and training.request.many_files:
        return _looked_after(training, trainings, workflow)
    return training


def _looked_after(
    training: Training, trainings: TrainingsTable, workflow: WorkflowEngine
) -> Training:
    if not workflow.abandoned(workflow_name(training.id)):
        return training
    with suppress(LeaseLost):  # it has ended by itself meanwhile
        trainings.fail(training, datetime.now(UTC), WORKFLOW_ENDED)
    return trainings.get(training.id)


def workflow_name(training_id: int) -> str:
    """What the execution of a training over many files is called."""
    return f"training-{training_id}"


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
