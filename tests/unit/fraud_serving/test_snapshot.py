"""Instances that Lambda starts ahead have the model, and no copy of what must differ."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from threading import Event
from time import monotonic, sleep
from types import ModuleType

import pytest

from fraud.domain.errors import NoModel, Unavailable
from fraud_serving import snapshot, wiring
from fraud_serving.challenger import ChallengerCache
from fraud_serving.champion import ChampionCache
from fraud_serving.look import Instant, Pace

SNAP_START = "snap-start"
PROVISIONED = "provisioned-concurrency"


class Hooks(ModuleType):
    """Stands in for the module of Lambda's runtime; runs the hooks in the order it documents."""

    def __init__(self) -> None:
        super().__init__(snapshot.HOOKS)
        self.before: list[tuple] = []
        self.after: list[tuple] = []

    def register_before_snapshot(self, hook: Callable, *args, **kwargs) -> Callable:
        self.before.append((hook, args, kwargs))
        return hook

    def register_after_restore(self, hook: Callable, *args, **kwargs) -> Callable:
        self.after.append((hook, args, kwargs))
        return hook

    def take_snapshot(self) -> None:
        while self.before:
            hook, args, kwargs = self.before.pop()
            hook(*args, **kwargs)

    def restore(self) -> None:
        for hook, args, kwargs in self.after:
            hook(*args, **kwargs)


@pytest.fixture
def hooks(monkeypatch) -> Hooks:
    made = Hooks()
    monkeypatch.setitem(sys.modules, snapshot.HOOKS, made)
    return made


@pytest.fixture
def start(monkeypatch) -> Callable[[str], None]:
    return lambda kind: monkeypatch.setenv(snapshot.INITIALIZATION_TYPE, kind)


@pytest.fixture
def reports() -> list:
    return []


@pytest.fixture
def cache(store, reports) -> ChampionCache:
    """Its clocks stand still, as they may for a process that was resumed."""
    return ChampionCache(
        store,
        store,
        lambda error, serving: reports.append((error, serving)),
        now=lambda: Instant(1000.0, 1.8e9),
    )


def model(kit, name: str):
    return kit.stored(kit.linear([0, 0, 0, 0]), name=name)


@pytest.mark.parametrize("kind", [None, "on-demand"])
def test_an_instance_started_for_a_request_does_nothing_ahead_of_it(
    store, cache, start, kind
) -> None:
    if kind:
        start(kind)
    snapshot.prepare(lambda: pytest.fail("a model was loaded, or looked for"))
    assert snapshot.HOOKS not in sys.modules


def test_a_provisioned_instance_has_the_model_before_its_first_request(
    kit, store, cache, start
) -> None:
    store.release(model(kit, "first"))
    start(PROVISIONED)
    snapshot.prepare(lambda: cache)
    store.outage = Unavailable("nothing may be looked up now")
    assert cache.current().name == "first"
    assert store.looks == 1


def test_a_snapshot_holds_the_model_and_no_socket(
    kit, store, cache, start, hooks, monkeypatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(snapshot, "close_connections", lambda: closed.append(cache.current().name))
    store.release(model(kit, "first"))
    start(SNAP_START)
    snapshot.prepare(lambda: cache)
    assert store.looks == 0
    hooks.take_snapshot()
    assert store.looks == 1
    assert closed == ["first"]


def test_a_snapshot_waits_for_the_challenger_and_its_sockets(
    kit, store, start, hooks, monkeypatch
) -> None:
    challenger = ChallengerCache(store, store, lambda *_: None)
    cache = ChampionCache(store, store, lambda *_: None, follower=challenger)
    held: list = []
    monkeypatch.setattr(snapshot, "close_connections", lambda: held.append(challenger.current()))
    store.release(model(kit, "first"))
    store.challenge(model(kit, "second"))
    store.before_read = lambda: sleep(0.02)
    start(SNAP_START)
    snapshot.prepare(lambda: cache)
    hooks.take_snapshot()
    assert [trial.model.name for trial in held] == ["second"]


def test_a_promotion_after_the_snapshot_is_there_before_the_first_request(
    kit, store, cache, start, hooks
) -> None:
    store.release(model(kit, "first"))
    start(SNAP_START)
    snapshot.prepare(lambda: cache)
    hooks.take_snapshot()
    store.release(model(kit, "second"))
    hooks.restore()
    looks = store.looks
    assert cache.current().name == "second"
    assert store.looks == looks


@pytest.mark.parametrize("kind", [SNAP_START, PROVISIONED])
@pytest.mark.parametrize(
    ("outage", "told"),
    [(None, NoModel), (Unavailable("no table yet"), Unavailable), (RuntimeError(), Unavailable)],
)
def test_without_a_model_the_instance_starts_and_finds_the_one_that_comes(
    kit, store, cache, start, hooks, kind, outage, told
) -> None:
    start(kind)
    store.outage = outage
    snapshot.prepare(lambda: cache)
    hooks.take_snapshot()
    with pytest.raises(told):
        cache.current()
    store.outage = None
    store.release(model(kit, "first"))
    hooks.restore()
    assert cache.current().name == "first"


def test_wrong_settings_do_not_keep_an_instance_from_starting(start, monkeypatch) -> None:
    monkeypatch.delenv("MODELS_TABLE", raising=False)
    wiring.settings.cache_clear()
    wiring.champion.cache_clear()
    start(PROVISIONED)
    snapshot.prepare(wiring.champion)


@pytest.mark.parametrize("outage", [Unavailable("throttled"), RuntimeError("a bug")])
def test_trouble_after_the_restore_leaves_the_snapshots_model_serving(
    kit, store, cache, start, hooks, reports, outage
) -> None:
    store.release(model(kit, "first"))
    start(SNAP_START)
    snapshot.prepare(lambda: cache)
    hooks.take_snapshot()
    store.outage = outage
    hooks.restore()
    assert cache.current().name == "first"
    assert [(error, serving.name) for error, serving in reports] == [(outage, "first")]


def test_a_hanging_look_after_the_restore_is_not_waited_for_longer_than_lambda_allows(
    kit, store, start, hooks
) -> None:
    cache = ChampionCache(store, store, lambda *_: None, Pace(max_wait_s=0.2))
    store.release(model(kit, "first"))
    start(SNAP_START)
    snapshot.prepare(lambda: cache)
    hooks.take_snapshot()
    store.release(model(kit, "second"))
    gate = Event()
    store.before_read = lambda: gate.wait(5)
    began = monotonic()
    hooks.restore()
    assert 0.2 <= monotonic() - began < 2
    assert cache.current().name == "first"
    gate.set()
    assert Pace().max_wait_s < 10  # what Lambda gives the hooks after a restore


def test_the_predict_function_prepares_its_own_model(project_dir, start, hooks) -> None:
    start(SNAP_START)
    path = project_dir / "functions/predict/app.py"
    spec = importlib.util.spec_from_file_location("predict_function", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for ((_, args, _),) in (hooks.before, hooks.after):
        assert args == (wiring.champion,)


# A fork copies memory as a snapshot does. CPython seeds `random` anew in a forked child, which
# nobody does in a restored snapshot, so that is undone first.
COPIES = """
import json, os, random
from datetime import UTC, datetime
from fraud.domain.prediction_ids import PredictionId
from fraud_serving import snapshot

class Cache:
    def look_again(self): pass

at = datetime(2026, 1, 1, tzinfo=UTC)
PredictionId.new(at)
state = random.getstate()
for restored in (False, False, True, True):
    read, write = os.pipe()
    if os.fork() == 0:
        random.setstate(state)
        if restored:
            snapshot._after_restore(Cache)
        os.write(write, json.dumps([str(PredictionId.new(at)), random.random()]).encode())
        os._exit(0)
    os.wait()
    print(os.read(read, 1000).decode())
"""


def test_copies_of_one_process_differ_in_what_must_be_unique() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COPIES], capture_output=True, text=True, check=True
    )
    ids, numbers = zip(*map(json.loads, done.stdout.splitlines()), strict=True)
    assert len(set(ids)) == 4
    assert numbers[0] == numbers[1], "a copy that was not restored has its original's numbers"
    assert len(set(numbers)) == 3
