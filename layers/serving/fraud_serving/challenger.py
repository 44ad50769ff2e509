"""The challenger in memory, following its pointer beside the champion and never in its way.

The champion's cache hands over what its looks find. A new challenger is loaded by a thread of its
own, started once the champion is dealt with: neither its time nor its failure is the champion's.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import NamedTuple

from fraud.domain.model_cards import Challenger, Pointers
from fraud_serving.served_model import Artifacts, Records, ServedModel

type Report = Callable[[str, Exception], None]
"""Told what went wrong, as a message of the log, and why."""


class Trial(NamedTuple):
    """A challenger in memory, and the share of requests it is tried on."""

    model: ServedModel
    share: float


class ChallengerCache:
    """Hands out the challenger, if there is one and it could be loaded."""

    def __init__(self, records: Records, artifacts: Artifacts, report: Report) -> None:
        self._records = records
        self._artifacts = artifacts
        self._report = report
        self._swapping = Lock()
        self._loading: Thread | None = None
        self._revision = 0
        self._trial: Trial | None = None
        self._failure_told = False

    def current(self) -> Trial | None:
        """The challenger that is tried; never waits, never raises."""
        return self._trial

    def follow(self, pointers: Pointers) -> None:
        """Begin to load the challenger that a look found, or let go of one that was withdrawn."""
        self._failure_told = False
        try:
            if pointers.challenger_revision > self._revision:
                self._move_to(pointers)
        except Exception as e:  # noqa: BLE001 - the champion's look goes on, whatever this was
            self.not_found(e)

    def wait(self, timeout_s: float) -> None:
        """Wait for a load in progress."""
        if self._loading is not None:
            self._loading.join(timeout_s)

    def failed(self, error: Exception) -> None:
        """Note that scoring failed: logged once until the next look."""
        if not self._failure_told:
            self._failure_told = True
            self._report("challenger_failed", error)

    def not_found(self, error: Exception) -> None:
        """Note that the pointer cannot be read or followed."""
        self._report("challenger_not_loaded", error)

    def _move_to(self, pointers: Pointers) -> None:
        if pointers.challenger is None:
            self._put(None, pointers.challenger_revision)
        elif self._loading is None or not self._loading.is_alive():
            loading = Thread(
                target=self._load, args=[pointers.challenger], name="challenger", daemon=True
            )
            loading.start()
            self._loading = loading

    def _load(self, challenger: Challenger) -> None:
        try:
            model = ServedModel.named(challenger.name, self._records, self._artifacts)
            trial = Trial(model, challenger.share)
        except Exception as e:  # noqa: BLE001 - predictions are none the worse for it
            self._drop_older_than(challenger.revision)
            self._report("challenger_not_loaded", e)
        else:
            self._put(trial, challenger.revision)

    def _put(self, trial: Trial | None, revision: int) -> None:
        # A thread that Lambda froze may end long after a later one.
        with self._swapping:
            if self._revision < revision:
                self._trial, self._revision = trial, revision

    def _drop_older_than(self, revision: int) -> None:
        """One that was replaced is not tried on; its successor is loaded again at the next look."""
        with self._swapping:
            if self._revision < revision:
                self._trial = None
