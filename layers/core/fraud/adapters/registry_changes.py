"""Changes of the model registry: states, pointers and histories, each one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from secrets import SystemRandom
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from fraud.adapters.aws_errors import error_code, translated
from fraud.adapters.items import to_attributes, to_item
from fraud.adapters.models_table import (
    CHALLENGER,
    CHAMPION,
    HISTORY,
    MODELS,
    POINTERS,
)
from fraud.adapters.registry_table import RegistryTable
from fraud.domain.errors import Conflict, LeaseLost, NotFound
from fraud.domain.model_cards import Challenger, Champion, ModelRecord, Pointers
from fraud.domain.registry import Action, Change, HistoryEntry, Move, Order, work_out

CANCELED = "TransactionCanceledException"
LOST_CONDITION = "ConditionalCheckFailed"
# Reasons that say nothing about the items, only that others were at them in the same moment.
CONTENTION = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.4)
CHANGED_MEANWHILE = "another change came first; look at the models again"

_random = SystemRandom()


type Write = Mapping[str, Any]
"""One part of a transaction, as DynamoDB takes it."""


class RegistryChanges(RegistryTable):
    """The models table for those who change it.

    A trainer's changes take `held`, the condition that the training is still its own: a worker that
    was taken for dead and wakes up again changes nothing. They raise LeaseLost then.
    """

    def register(self, record: ModelRecord, held: Write | None = None) -> None:
        """Add a model; adding the same one again changes nothing.

        Raises
        ------
        Conflict
            When there is another one of its name.
        """
        put = self._put(to_item(record, pk=MODELS, sk=record.name), "attribute_not_exists(pk)")
        try:
            self._transact([put, *([held] if held else [])], uuid4().hex)
        except (ClientError, BotoCoreError) as e:
            known = self.get(record.name)
            if known is not None and known.files == record.files:
                return
            _raise_if_lost(e, held)
            if LOST_CONDITION in _reasons(e):
                raise Conflict(f"there is another model {record.name}") from e
            with translated("registering the model"):
                raise

    def note_decision(self, name: str, decision: Mapping[str, Any], held: Write) -> None:
        """Write into a model's row why it was enabled or not."""
        noted = {
            "Update": {
                "TableName": self._table,
                "Key": to_attributes({"pk": MODELS, "sk": name}),
                "UpdateExpression": "SET decision = :decision",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeValues": to_attributes({":decision": decision}),
            }
        }
        try:
            self._transact([noted, held], uuid4().hex)
        except (ClientError, BotoCoreError) as e:
            _raise_if_lost(e, held)
            with translated("noting the decision on the model"):
                raise

    def release(
        self,
        name: str,
        current: Champion | None,
        now: datetime,
        client: str,
        reason: str,
        held: Write | None = None,
    ) -> Champion:
        """Enable the model of a training: old one off, new one on, pointer moved.

        Raises
        ------
        NotFound
            When it is not registered.
        Conflict
            When it is no candidate any more, or `current` is no longer the pointer.
        """
        record = self.get(name)
        if record is None:
            raise NotFound(f"there is no model {name}")
        order = Order(uuid4().hex, Action.RELEASE, client, now, reason)
        change = work_out(order, record, Pointers(champion=current))
        self.apply(change, held)
        if change.after.champion is None:
            raise AssertionError("a release sets the champion")
        return change.after.champion

    def apply(self, change: Change, held: Write | None = None) -> None:
        """Make a change: states, pointers and histories, in one transaction.

        Raises
        ------
        Conflict
            When any of it is no longer as the change saw it.
        Unavailable
            When the table does not answer; the change may have been made.
        """
        try:
            # Not the order's id: an order given again has other writes, which a token forbids.
            self._transact([*self._writes(change), *([held] if held else [])], uuid4().hex)
        except (ClientError, BotoCoreError) as e:
            # A change whose acknowledgement was lost fails on its own writes when sent again.
            if self._was_made(change):
                return
            _raise_if_lost(e, held)
            if LOST_CONDITION in _reasons(e):
                raise Conflict(CHANGED_MEANWHILE) from e
            with translated("changing the model registry"):
                raise

    def _transact(self, writes: Sequence[Write], token: str) -> None:
        """Send a transaction, again and again while others are at the same items."""
        for pause_s in (*PAUSES_S, None):
            try:
                self._client.transact_write_items(TransactItems=writes, ClientRequestToken=token)  # type: ignore[arg-type]
            except ClientError as e:
                if pause_s is None or not _only_contended(e):
                    raise
                time.sleep(pause_s * (0.5 + _random.random()))
            else:
                return

    def _was_made(self, change: Change) -> bool:
        name, entry = change.history()[0]
        return self._read(f"{HISTORY}{name}", _entry_key(entry)) is not None

    def _writes(self, change: Change) -> Iterator[dict[str, Any]]:
        seen, after = change.seen, change.after
        if after.champion != seen.champion and after.champion:
            revision = seen.champion.revision if seen.champion else 0
            yield self._pointer_set(CHAMPION, to_item(after.champion), revision)
        if after.challenger_revision != seen.challenger_revision:
            item = _challenger_item(after.challenger, after.challenger_revision)
            yield self._pointer_set(CHALLENGER, item, seen.challenger_revision)
        for move in change.moves:
            yield self._state_set(move)
        for name, entry in change.history():
            key = to_attributes({"pk": f"{HISTORY}{name}", "sk": _entry_key(entry)})
            yield self._put({**to_item(entry), **key}, "attribute_not_exists(pk)")

    def _pointer_set(self, pointer: str, item: dict[str, Any], seen: int) -> dict[str, Any]:
        item = {**item, **to_attributes({"pk": POINTERS, "sk": pointer})}
        if not seen:
            return self._put(item, "attribute_not_exists(pk)")
        return self._put(item, "revision = :seen", {":seen": seen})

    def _put(
        self, item: dict[str, Any], condition: str, values: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        put = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = to_attributes(values)
        return {"Put": put}

    def _state_set(self, move: Move) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._table,
                "Key": to_attributes({"pk": MODELS, "sk": move.model}),
                "UpdateExpression": "SET #s = :to",
                "ConditionExpression": "#s = :from",
                "ExpressionAttributeNames": {"#s": "state"},
                "ExpressionAttributeValues": to_attributes(
                    {":to": str(move.to_state), ":from": str(move.from_state)}
                ),
            }
        }


def _challenger_item(challenger: Challenger | None, revision: int) -> dict[str, Any]:
    return to_item(challenger) if challenger else to_attributes({"revision": revision})


def _entry_key(entry: HistoryEntry) -> str:
    # One format, so that the order of the keys is that of the moments.
    return f"{entry.at.isoformat(timespec='microseconds')}#{entry.id}"


def _reasons(error: Exception) -> Sequence[str]:
    """Why a transaction was canceled, part by part; empty when something else went wrong."""
    if not isinstance(error, ClientError) or error_code(error) != CANCELED:
        return ()
    reasons = error.response.get("CancellationReasons", [])
    return tuple(reason.get("Code", "None") for reason in reasons)


def _only_contended(error: ClientError) -> bool:
    reasons = set(_reasons(error)) - {"None"}
    return bool(reasons) and reasons <= CONTENTION


def _raise_if_lost(error: Exception, held: Write | None) -> None:
    """Tell a worker, whose lease is the last part of its transactions, that it has lost it."""
    if held and _reasons(error)[-1:] == (LOST_CONDITION,):
        raise LeaseLost("the training is no longer this worker's") from error
