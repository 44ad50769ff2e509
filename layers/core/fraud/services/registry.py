"""Changes of the registry: promote, roll back, challenge, withdraw, archive."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.registry import Action, Change, Order, rollback_target, work_out
from fraud.services.artifacts import check_servable
from fraud.services.finding_models import find_record

SERVING = frozenset({Action.PROMOTE, Action.ROLLBACK, Action.CHALLENGE})
"""Actions after which the model is loaded: its artifacts are checked first."""


def ordered(action: Action, by: str, reason: str, share: float | None = None) -> Order:
    """An order given now.

    Parameters
    ----------
    share
        Of live requests that a challenger scores, in (0, 1].
    """
    return Order(uuid4().hex, action, by, datetime.now(UTC), reason, share)


def change_model(
    name: str, order: Order, models: RegistryChanges, bucket: ArtifactsBucket
) -> Change:
    """Carry out an order about one model.

    Raises
    ------
    NotFound
        When there is no such model.
    Conflict
        When its state does not allow it, its artifacts are not what was registered, or another
        change came first.
    Unavailable
        When the table or the bucket does not answer.
    """
    record = find_record(name, models)
    change = work_out(order, record, models.pointers())
    if order.action in SERVING:
        check_servable(record, bucket)
    models.apply(change)
    return change


def roll_back(order: Order, models: RegistryChanges, bucket: ArtifactsBucket) -> Change:
    """Enable the model that was enabled before; again for the one before that.

    Raises
    ------
    Conflict
        When there is none, its artifacts are not what was registered, or another change came first.
    Unavailable
        When the table or the bucket does not answer.
    """
    seen = models.pointers()
    record = find_record(rollback_target(seen), models)
    change = work_out(order, record, seen)
    check_servable(record, bucket)
    models.apply(change)
    return change
