"""The life of a model: which state follows which, and what every change leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from fraud.domain.errors import Conflict
from fraud.domain.model_cards import Challenger, Champion, ModelRecord, ModelState, Pointers

MAX_EARLIER = 50
"""Rollbacks in a row that are possible; older champions can still be promoted by name."""


class Action(StrEnum):
    """What can be done to a model; `release` is what a training does under the release policy."""

    RELEASE = "release"
    PROMOTE = "promote"
    ROLLBACK = "rollback"
    CHALLENGE = "challenge"
    WITHDRAW = "withdraw"
    ARCHIVE = "archive"


class Transition(NamedTuple):
    """From which states an action may take a model, and to which."""

    sources: frozenset[ModelState]
    target: ModelState


_OUT_OF_USE = frozenset({ModelState.CANDIDATE, ModelState.ARCHIVED})

# A replaced champion is archived, and archived models can be promoted: in an emergency every model
# whose artifacts are intact must be one call away. Only a training never enables one.
TRANSITIONS: Mapping[Action, Transition] = {
    Action.RELEASE: Transition(frozenset({ModelState.CANDIDATE}), ModelState.CHAMPION),
    Action.PROMOTE: Transition(_OUT_OF_USE | {ModelState.CHALLENGER}, ModelState.CHAMPION),
    Action.ROLLBACK: Transition(_OUT_OF_USE | {ModelState.CHALLENGER}, ModelState.CHAMPION),
    Action.CHALLENGE: Transition(_OUT_OF_USE | {ModelState.CHALLENGER}, ModelState.CHALLENGER),
    Action.WITHDRAW: Transition(frozenset({ModelState.CHALLENGER}), ModelState.CANDIDATE),
    Action.ARCHIVE: Transition(
        frozenset({ModelState.CANDIDATE, ModelState.CHALLENGER}), ModelState.ARCHIVED
    ),
}

DISPLACED: Mapping[ModelState, ModelState] = {
    ModelState.CHAMPION: ModelState.ARCHIVED,
    ModelState.CHALLENGER: ModelState.CANDIDATE,
}
"""What becomes of the model whose place another takes."""


@dataclass(frozen=True)
class Order:
    """What somebody wants done, and why.

    Attributes
    ----------
    id
        Of one order however often it is sent, 32 hexadecimal digits: how a change whose
        acknowledgement was lost is recognised.
    share
        Of live requests, in (0, 1]; for `challenge` only.
    """

    id: str
    action: Action
    by: str
    at: datetime
    reason: str
    share: float | None = None


class Move(BaseModel):
    """One model going from one state to another."""

    model_config = ConfigDict(frozen=True)

    model: str
    from_state: ModelState
    to_state: ModelState


class HistoryEntry(BaseModel):
    """One change in one model's history: who, when, why, and from which state to which.

    `other` is the model that changed places with it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    action: Action
    from_state: ModelState
    to_state: ModelState
    at: datetime
    by: str
    reason: str
    share: float | None = None
    other: str | None = None


@dataclass(frozen=True)
class Change:
    """An order worked out: the models it moves, and the pointers before and after.

    `moves` holds the model it is about first, and after it the one that was displaced, if any.
    """

    order: Order
    moves: tuple[Move, ...]
    seen: Pointers
    after: Pointers

    def history(self) -> list[tuple[str, HistoryEntry]]:
        """What each moved model's history gets: its name, and the entry."""
        order, names = self.order, [move.model for move in self.moves]
        return [
            (
                move.model,
                HistoryEntry(
                    id=order.id,
                    action=order.action,
                    from_state=move.from_state,
                    to_state=move.to_state,
                    at=order.at,
                    by=order.by,
                    reason=order.reason,
                    share=order.share if move.to_state is ModelState.CHALLENGER else None,
                    other=next((name for name in names if name != move.model), None),
                ),
            )
            for move in self.moves
        ]


def work_out(order: Order, record: ModelRecord, seen: Pointers) -> Change:
    """What an order changes.

    Parameters
    ----------
    record
        The model it is about, as it was read.
    seen
        Both pointers as they were read; the change is good for these only.

    Raises
    ------
    Conflict
        When the model's state does not allow it.
    """
    sources, target = TRANSITIONS[order.action]
    if record.state not in sources:
        raise Conflict(_refusal(order.action, record))
    moves = [Move(model=record.name, from_state=record.state, to_state=target)]
    displaced = _holder(seen, target)
    if displaced and displaced != record.name:
        after = DISPLACED[target]
        moves.append(Move(model=displaced, from_state=target, to_state=after))
    return Change(order, tuple(moves), seen, _pointers_after(order, record, seen))


def rollback_target(seen: Pointers) -> str:
    """The model that a rollback enables.

    Raises
    ------
    Conflict
        When no model was enabled before.
    """
    if seen.champion is None:
        raise Conflict("no model is enabled, so there is nothing to roll back")
    if seen.champion.previous is None:
        raise Conflict(f"no model was enabled before {seen.champion.name}; promote one by its name")
    return seen.champion.previous


def _holder(seen: Pointers, state: ModelState) -> str | None:
    """The model in a state that only one can have."""
    held = {ModelState.CHAMPION: seen.champion, ModelState.CHALLENGER: seen.challenger}.get(state)
    return held.name if held else None


def _refusal(action: Action, record: ModelRecord) -> str:
    if record.state is TRANSITIONS[action].target:
        return f"{record.name} is {record.state} already"
    if record.state is ModelState.CHAMPION:
        return f"{record.name} is the champion; promote another model or roll back first"
    states = " or ".join(sorted(TRANSITIONS[action].sources))
    return f"{record.name} is {record.state}; {action} needs a model that is {states}"


def _pointers_after(order: Order, record: ModelRecord, seen: Pointers) -> Pointers:
    target = TRANSITIONS[order.action].target
    champion = _released(order, record, seen.champion) if target is ModelState.CHAMPION else None
    pointers = seen._replace(champion=champion or seen.champion)
    if target is not ModelState.CHALLENGER and record.state is not ModelState.CHALLENGER:
        return pointers
    revision = seen.challenger_revision + 1
    challenger = _challenging(order, record, revision) if target is ModelState.CHALLENGER else None
    return pointers._replace(challenger=challenger, challenger_revision=revision)


def _released(order: Order, record: ModelRecord, current: Champion | None) -> Champion:
    earlier: tuple[str, ...] = ()
    if current and order.action is Action.ROLLBACK:
        earlier = current.earlier[:-1]
    elif current:
        earlier = (*current.earlier, current.name)[-MAX_EARLIER:]
    return Champion(
        name=record.name,
        earlier=earlier,
        revision=current.revision + 1 if current else 1,
        released_at=order.at,
        released_by=order.by,
        reason=order.reason,
    )


def _challenging(order: Order, record: ModelRecord, revision: int) -> Challenger:
    if order.share is None:
        raise ValueError("a challenger needs a share of requests")
    return Challenger(
        name=record.name,
        share=order.share,
        revision=revision,
        set_at=order.at,
        set_by=order.by,
        reason=order.reason,
    )
