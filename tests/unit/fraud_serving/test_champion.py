"""The enabled model is followed without slowing requests, and trouble keeps the last good one."""

from __future__ import annotations

from threading import Event, Thread, Timer, active_count
from time import monotonic, sleep

import pytest

from fraud.domain.errors import ArtifactRejected, NoModel, Unavailable
from fraud.domain.model_cards import ONNX_FILE
from fraud_serving.champion import ChampionCache
from fraud_serving.look import Instant, Pace

PATIENCE_S = 5


class Clock:
    """Two clocks that move by hand."""

    def __init__(self) -> None:
        self.monotonic_s = 1000.0
        self.wall_s = 1.8e9

    def __call__(self) -> Instant:
        return Instant(self.monotonic_s, self.wall_s)

    def advance(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.wall_s += seconds


class Freezer:
    """Stops a look in the middle of its download, as Lambda does, until it is thawed."""

    def __init__(self) -> None:
        self.frozen, self.thaw = Event(), Event()

    def freeze(self) -> None:
        self.frozen.set()
        self.thaw.wait(PATIENCE_S)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reports() -> list:
    return []


@pytest.fixture
def cache(store, clock, reports) -> ChampionCache:
    return ChampionCache(
        store, store, lambda error, serving: reports.append((error, serving)), now=clock
    )


def model(kit, name: str, intercept: float = 0.0):
    return kit.stored(kit.linear([0, 0, 0, 0], intercept), name=name)


def eventually(condition) -> None:
    deadline = monotonic() + PATIENCE_S
    while not condition():
        assert monotonic() < deadline, "did not happen"
        sleep(0.002)


def no_look_in_progress(cache) -> bool:
    return cache._looking is None or not cache._looking.is_alive()


def test_the_enabled_model_is_loaded_once_and_kept(kit, store, cache, clock) -> None:
    store.release(model(kit, "first"))
    served = {id(cache.current()) for _ in range(100)}
    clock.advance(29.9)
    assert cache.current().name == "first"
    assert len(served) == 1
    assert store.looks == 1


def test_no_model_is_said_so_until_one_is_enabled(kit, store, cache, reports) -> None:
    with pytest.raises(NoModel):
        cache.current()
    store.release(model(kit, "first"))
    assert cache.current().name == "first"
    assert reports == []


def test_a_request_after_30_s_is_answered_from_memory_while_looking(
    kit, store, cache, clock
) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    gate = Event()
    store.before_read = lambda: gate.wait(PATIENCE_S)
    clock.advance(31)
    began = monotonic()
    assert cache.current().name == "first"
    assert monotonic() - began < PATIENCE_S / 2
    gate.set()
    eventually(lambda: cache.current().name == "second")


def test_a_function_that_slept_sees_a_promotion_on_its_first_request(
    kit, store, cache, clock
) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    clock.advance(600)
    assert cache.current().name == "second"


@pytest.mark.parametrize(
    ("monotonic_s", "wall_s"), [(0, 600), (600, 0), (-900, 600), (5, -3600), (-1, -1)]
)
def test_a_clock_that_stood_still_or_jumped_only_makes_it_look_again(
    kit, store, cache, clock, monotonic_s, wall_s
) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    clock.monotonic_s += monotonic_s
    clock.wall_s += wall_s
    assert cache.current().name == "second"


def test_promotion_reaches_a_busy_function_within_60_s(kit, store, cache, clock) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    waited_s = 0
    while cache.current().name == "first":
        clock.advance(1)
        waited_s += 1
        eventually(lambda: no_look_in_progress(cache))
    assert waited_s <= 60
    assert store.looks <= 4


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda store: store.models["second"].files.pop(ONNX_FILE), id="missing"),
        pytest.param(
            lambda store: store.models["second"].files.update({ONNX_FILE: b"\x80\x04swapped"}),
            id="swapped",
        ),
        pytest.param(lambda store: store.models.pop("second"), id="no row"),
        pytest.param(
            lambda store: setattr(store, "outage", Unavailable("throttled")), id="registry down"
        ),
        pytest.param(
            lambda store: setattr(store, "outage", RuntimeError("a bug")), id="unexpected"
        ),
        pytest.param(lambda store: setattr(store, "pointer", None), id="pointer gone"),
    ],
)
def test_trouble_leaves_the_last_good_model_serving_and_is_reported(
    kit, store, cache, clock, reports, trouble
) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    trouble(store)
    clock.advance(600)
    assert cache.current().name == "first"
    error, serving = reports[0]
    assert isinstance(error, Exception)
    assert serving.name == "first"
    looks = store.looks
    assert [cache.current().name for _ in range(20)] == ["first"] * 20
    assert store.looks == looks, "a failed look must not be repeated by every request"


def test_it_recovers_once_the_trouble_is_over(kit, store, cache, clock, reports) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.outage = Unavailable("throttled")
    clock.advance(600)
    cache.current()
    store.outage = None
    store.release(model(kit, "second"))
    clock.advance(600)
    assert cache.current().name == "second"
    assert len(reports) == 1


def test_a_first_model_that_cannot_be_loaded_is_unavailable_not_an_internal_error(
    kit, store, cache, reports
) -> None:
    store.release(model(kit, "first"))
    store.models["first"].files[ONNX_FILE] = b"swapped"
    with pytest.raises(Unavailable) as raised:
        cache.current()
    assert raised.value.code == "model_unavailable"
    (error, serving) = reports[0]
    assert isinstance(error, ArtifactRejected)
    assert serving is None


def test_a_dependency_that_is_down_at_first_is_said_so(store, cache) -> None:
    store.outage = Unavailable("the registry is down", retry_after_s=7)
    with pytest.raises(Unavailable) as raised:
        cache.current()
    assert raised.value.retry_after_s == 7


def test_a_look_that_froze_cannot_bring_an_older_model_back(kit, store, cache, clock) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    freezer = Freezer()
    store.before_read = freezer.freeze
    old = Thread(target=cache._refresh)
    old.start()
    assert freezer.frozen.wait(PATIENCE_S)
    store.before_read = lambda: None
    store.release(model(kit, "third"))
    clock.advance(600)
    assert cache.current().name == "third"
    freezer.thaw.set()
    old.join(PATIENCE_S)
    assert cache.current().name == "third"
    clock.advance(600)
    assert cache.current().name == "third"


def test_a_look_that_froze_does_not_bring_what_was_rolled_back_meanwhile(
    kit, store, cache, clock
) -> None:
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    freezer = Freezer()
    store.before_read = freezer.freeze
    clock.advance(31)
    assert cache.current().name == "first"
    assert freezer.frozen.wait(PATIENCE_S)
    store.before_read = lambda: None
    store.release(store.models["first"])
    clock.advance(600)
    Timer(0.1, freezer.thaw.set).start()
    assert cache.current().name == "first"
    eventually(lambda: no_look_in_progress(cache))
    assert cache.current().name == "first"


@pytest.mark.parametrize("trouble", ["missing", "swapped"])
def test_a_new_process_serves_the_model_before_one_that_cannot_be_loaded(
    kit, store, cache, clock, reports, trouble
) -> None:
    store.release(model(kit, "first"))
    store.release(model(kit, "second"))
    files = store.models["second"].files
    good = files.pop(ONNX_FILE)
    if trouble == "swapped":
        files[ONNX_FILE] = b"\x80\x04swapped"
    assert [cache.current().name for _ in range(5)] == ["first"] * 5
    assert store.looks == len(reports) == 1
    assert reports[0][1].name == "first"
    files[ONNX_FILE] = good
    clock.advance(600)
    assert cache.current().name == "second"


def test_a_first_look_that_hangs_is_told_before_the_functions_time_is_up(
    kit, store, clock, reports
) -> None:
    cache = ChampionCache(
        store,
        store,
        lambda error, serving: reports.append((error, serving)),
        Pace(first_wait_s=0.1),
        clock,
    )
    store.release(model(kit, "first"))
    gate = Event()
    store.before_read = lambda: gate.wait(PATIENCE_S)
    with pytest.raises(Unavailable) as raised:
        cache.current()
    assert raised.value.code == "model_unavailable"
    assert [(type(error), serving) for error, serving in reports] == [(TimeoutError, None)]
    gate.set()
    eventually(lambda: no_look_in_progress(cache))
    assert cache.current().name == "first"


def test_a_hanging_look_delays_one_request_only(kit, store, clock) -> None:
    pace = Pace(max_wait_s=0.2)
    cache = ChampionCache(store, store, lambda *_: None, pace, clock)
    store.release(model(kit, "first"))
    cache.current()
    store.release(model(kit, "second"))
    gate = Event()
    store.before_read = lambda: gate.wait(PATIENCE_S)
    clock.advance(600)
    took_s = []
    for _ in range(20):
        began = monotonic()
        assert cache.current().name == "first"
        took_s.append(monotonic() - began)
    gate.set()
    eventually(lambda: cache.current().name == "second")
    assert took_s[0] >= 0.2
    assert sum(took_s[1:]) < 0.2


def test_many_threads_share_one_first_load_and_one_look(kit, store, cache, clock) -> None:
    store.release(model(kit, "first"))
    store.before_read = lambda: sleep(0.02)
    names: list[str] = []

    def ask() -> None:
        names.extend(cache.current().name for _ in range(50))

    before = active_count()
    threads = [Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert names == ["first"] * 800
    assert store.looks == 1
    eventually(lambda: active_count() == before)
