"""The enabled model in memory, following the registry's pointer without slowing requests.

The pointer is read again at most every `max_age_s`, by a thread beside the requests. That alone is
not enough where requests are rare: Lambda freezes a function between them, thread and all, so a
request that finds the last look older than `must_look_s` waits for the next one, for at most
`max_wait_s`. A thread may thus thaw minutes after it read the pointer: it reads it once more before
it puts its model in place, and `revision`, which only ever grows, keeps it from putting back an
older one.

A process that has no model in memory and cannot load the enabled one serves the one before it.

What a look finds of the challenger is handed on once the champion is dealt with.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from threading import Lock
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from fraud.domain.errors import FraudError, NoModel, Unavailable
from fraud.domain.model_cards import Champion, Pointers
from fraud_serving.look import USUAL, Instant, Look, Pace
from fraud_serving.served_model import Artifacts, Records, ServedModel

NO_MODEL = "no model is enabled yet; train one with POST /api/v1/training"
CANNOT_LOAD = "the enabled model cannot be loaded; try again in a moment"
NO_MODEL_RETRY_AFTER_S = 30
MOST_EARLIER = 3
"""Models before the enabled one that are tried in its place."""


class Registry(Records, Protocol):
    """Knows which model is enabled, and which is tried."""

    def pointers(self) -> Pointers:
        """Both pointers, as one read found them."""

    def champion(self) -> Champion | None:
        """The pointer, None before the first release."""


class Follower(Protocol):
    """Is told of both pointers; neither raises nor waits."""

    def follow(self, pointers: Pointers) -> None:
        """Take note of what a look found."""

    def wait(self, timeout_s: float) -> None:
        """Wait until it is done with that."""

    def not_found(self, error: Exception) -> None:
        """Take note that the challenger's pointer cannot be read."""


type Report = Callable[[Exception, ServedModel | None], None]
"""Told why a model could not be looked up or loaded, and which one goes on serving."""


class Loaded(NamedTuple):
    """The model in memory and the release that enabled it."""

    model: ServedModel
    revision: int


class ChampionCache:
    """Hands out the enabled model; safe for any number of threads."""

    def __init__(
        self,
        registry: Registry,
        artifacts: Artifacts,
        report: Report,
        pace: Pace = USUAL,
        now: Callable[[], Instant] = Instant.now,
        follower: Follower | None = None,
    ) -> None:
        self._registry = registry
        self._artifacts = artifacts
        self._report = report
        self._pace = pace
        self._now = now
        self._follower = follower
        self._starting = Lock()
        self._swapping = Lock()
        self._looking: Look | None = None
        self._looked_at: Instant | None = None
        self._loaded: Loaded | None = None

    def current(self) -> ServedModel:
        """The enabled model, or the last good one while there is trouble with the enabled one.

        Raises
        ------
        NoModel
            When none has been enabled.
        Unavailable
            When one is enabled, but it cannot be loaded and no other is in memory.
        """
        loaded = self._loaded
        if loaded is None:
            return self._first()
        age_s = self._age_s()
        if age_s >= self._pace.max_age_s:
            look = self._look()
            if age_s >= self._pace.must_look_s:
                look.wait(self._pace.max_wait_s)
                loaded = self._loaded or loaded
        return loaded.model

    def look_again(self) -> None:
        """Look at the pointer however recent the last look is, waiting for at most `max_wait_s`.

        For a process that is not sure how long it was away; trouble is reported, not raised.
        """
        self._looked_at = None
        self._look().wait(self._pace.max_wait_s)

    def settle(self) -> None:
        """Wait, for at most `max_wait_s`, until nothing that a look began is still in progress."""
        if self._follower:
            self._follower.wait(self._pace.max_wait_s)

    def _first(self) -> ServedModel:
        look = self._look()
        look.join(self._pace.first_wait_s)
        if self._loaded is not None:
            return self._loaded.model
        if look.is_alive():
            look.error = TimeoutError("the first look at the registry takes too long")
            self._report(look.error, None)
        if isinstance(look.error, Unavailable):
            raise look.error
        raise Unavailable(CANNOT_LOAD, code="model_unavailable") from look.error

    def _age_s(self) -> float:
        return float("inf") if self._looked_at is None else self._looked_at.age_s(self._now())

    def _look(self) -> Look:
        """The look in progress, or a new one."""
        with self._starting:
            if self._looking is None or not self._looking.is_alive():
                self._looking = Look(self._refresh)
                self._looking.start()
            return self._looking

    def _refresh(self) -> None:
        """Follow the pointer, if it has moved."""
        began = self._now()
        try:
            pointers = self._pointers()
            try:
                self._follow(pointers.champion, began)
            finally:
                if self._follower:
                    self._follower.follow(pointers)
        except Exception as e:
            serving = self._loaded
            if serving is not None or not isinstance(e, NoModel):
                self._report(e, serving.model if serving else None)
            raise
        finally:
            # Failed looks count too: trouble must not turn every request into another attempt.
            self._looked_at = began

    def _pointers(self) -> Pointers:
        try:
            return self._registry.pointers()
        except ValidationError as e:
            # It may be the challenger's alone that is damaged.
            if self._follower:
                self._follower.not_found(e)
            return Pointers(self._registry.champion())

    def _follow(self, champion: Champion | None, read_at: Instant) -> None:
        if champion is None:
            raise NoModel(NO_MODEL, retry_after_s=NO_MODEL_RETRY_AFTER_S)
        if self._loaded is not None and self._loaded.revision >= champion.revision:
            return
        try:
            model = self._load(champion.name)
        except FraudError as e:
            if self._loaded is None and not isinstance(e, Unavailable):
                self._fall_back(champion)
            raise
        now = self._now()
        if read_at.age_s(now) > self._pace.max_wait_s:
            # This thread was frozen, or slow: the model may have been rolled back since.
            newest = self._registry.champion()
            if newest != champion:
                self._follow(newest, now)
                return
        self._put(model, champion.revision)

    def _fall_back(self, champion: Champion) -> None:
        """Serve a model that was enabled before, until a later look can load the enabled one."""
        for name in islice(reversed(champion.earlier), MOST_EARLIER):
            try:
                model = self._load(name)
            except Unavailable:
                return
            except FraudError:
                continue
            self._put(model, champion.revision - 1)
            return

    def _load(self, name: str) -> ServedModel:
        return ServedModel.named(name, self._registry, self._artifacts)

    def _put(self, model: ServedModel, revision: int) -> None:
        with self._swapping:
            if self._loaded is None or self._loaded.revision < revision:
                self._loaded = Loaded(model, revision)
