"""Changes of the registry: promote, roll back, challenge, withdraw, archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid4, uuid5

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.registry_changes import RegistryChanges
from fraud.domain.model_cards import ModelState, Pointers
from fraud.domain.registry import Action, Change, Move, Order, rollback_target, work_out
from fraud.services.artifacts import check_servable
from fraud.services.finding_models import find_record

SERVING = frozenset({Action.PROMOTE, Action.ROLLBACK, Action.CHALLENGE})
"""Actions after which the model is loaded: its artifacts are checked first."""


def ordered(
    action: Action, by: str, reason: str, share: float | None = None, key: str | None = None
) -> Order:
    """An order given now.

    Parameters
    ----------
    share
        Of live requests that a challenger scores, in (0, 1].
    key
        The request's Idempotency-Key; the same key of the same client gives the same id.
    """
    made = uuid4() if key is None else uuid5(NAMESPACE_URL, f"{action} {by} {key}")
    return Order(made.hex, action, by, datetime.now(UTC), reason, share)


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

    An order that was carried out, though its client was told that it failed, is not carried out
    again while the champion is still the one it enabled.

    Raises
    ------
    Conflict
        When there is none, its artifacts are not what was registered, or another change came first.
    Unavailable
        When the table or the bucket does not answer.
    """
    seen = models.pointers()
    if made := _made_before(order, seen, models):
        return made
    record = find_record(rollback_target(seen), models)
    change = work_out(order, record, seen)
    check_servable(record, bucket)
    models.apply(change)
    return change


def _made_before(order: Order, seen: Pointers, models: RegistryChanges) -> Change | None:
    """The change that enabled the champion, if it was this order."""
    if seen.champion is None:
        return None
    name = seen.champion.name
    entry = next(iter(models.history(name)), None)
    if entry is None or entry.id != order.id:
        return None
    moves = [Move(model=name, from_state=entry.from_state, to_state=entry.to_state)]
    if entry.other:
        gone = {"from_state": ModelState.CHAMPION, "to_state": ModelState.ARCHIVED}
        moves.append(Move(model=entry.other, **gone))
    return Change(replace(order, at=entry.at, reason=entry.reason), tuple(moves), seen, seen)
