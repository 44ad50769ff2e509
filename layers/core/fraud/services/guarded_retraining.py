"""Asking for one training when the enabled model has drifted or got worse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.caller import Caller
from fraud.domain.keys import PRODUCT_CLIENT, Scope
from fraud.domain.retraining import CLAIM_EXPIRES_AFTER, Retraining, RetrainingRules
from fraud.domain.trainings import Training, TrainingRequest
from fraud.services.leased_jobs import NOT_QUEUED
from fraud.services.trainings import LinkRules, request_training

# It asks in the name of who deployed the stack, and may read what that person may.
MONITOR = Caller(PRODUCT_CLIENT, frozenset({Scope.ADMIN}))
LOOKED_AT = 100
"""Trainings, newest first, among which one that is under way or our own is looked for."""
STUCK_AFTER = timedelta(days=1)
"""A training that has not ended by then is not waited for any longer."""


@dataclass(frozen=True)
class Trainers:
    """Where trainings are asked for."""

    trainings: TrainingsTable
    queue: TrainingQueue
    links: LinkRules


def retrain(
    because: str,
    model_name: str,
    rules: RetrainingRules,
    table: MonitoringTable,
    to: Trainers,
    now: datetime,
) -> Retraining | None:
    """Queue one training, unless one is under way or the last was not long ago.

    The right to ask is claimed first, by a condition on the claim that was seen: of two runs at
    once one wins. A run that dies between claim and queue leaves a claim without a training, which
    is given its training, or taken over, when it has expired.

    Returns
    -------
    Retraining or None
        The retraining that was queued; None when it is not time for one.

    Raises
    ------
    InvalidValue
        When the dataset's link may not be fetched from.
    Unavailable
        When the tables or the queue do not answer.
    """
    newest = to.trainings.newest(LOOKED_AT, None, None).jobs
    last = table.retraining()
    if last and last.training_id is None:
        last = _completed(last, newest, table)
    if _too_early(last, newest, rules.cool_down, now):
        return None
    claim = Retraining(model=model_name, because=because, claimed_at=now)
    if not table.claim_retraining(claim, last):
        return None
    request = TrainingRequest(dataset=rules.dataset)
    training = request_training(request, MONITOR, to.trainings, to.queue, to.links)
    return table.note_training(claim, training.id)


def _too_early(
    last: Retraining | None, newest: list[Training], cool_down: timedelta, now: datetime
) -> bool:
    if any(not t.status.terminal and now - t.created_at < STUCK_AFTER for t in newest):
        return True
    if last is None:
        return False
    wait = CLAIM_EXPIRES_AFTER if last.training_id is None else cool_down
    return now - last.claimed_at < wait


def _completed(claim: Retraining, newest: list[Training], table: MonitoringTable) -> Retraining:
    """A claim with the training it led to, if it led to one that was queued."""
    for training in newest:
        ours = training.client == MONITOR.client and training.created_at >= claim.claimed_at
        if ours and (training.error or {}).get("code") != NOT_QUEUED:
            return table.note_training(claim, training.id)
    return claim
