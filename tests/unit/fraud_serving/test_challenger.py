"""The challenger is followed beside the champion, whose loading it can neither delay nor break."""

from __future__ import annotations

from threading import Event
from time import monotonic

import pytest
from pydantic import ValidationError

from fraud.domain.errors import NoModel
from fraud.domain.model_cards import ONNX_FILE, Challenger
from fraud_serving.challenger import ChallengerCache
from fraud_serving.champion import ChampionCache

PATIENCE_S = 5


@pytest.fixture
def told() -> list:
    return []


@pytest.fixture
def alarms() -> list:
    return []


@pytest.fixture
def challenger(store, told) -> ChallengerCache:
    return ChallengerCache(store, store, lambda message, error: told.append((message, error)))


@pytest.fixture
def champion(store, challenger, alarms) -> ChampionCache:
    return ChampionCache(store, store, lambda e, _: alarms.append(e), follower=challenger)


@pytest.fixture
def look(champion, challenger):
    def look() -> None:
        champion.look_again()
        challenger.wait(PATIENCE_S)

    return look


def model(kit, name: str):
    return kit.stored(kit.linear([0, 0, 0, 0]), name=name)


def tried(challenger) -> str | None:
    trial = challenger.current()
    return trial.model.name if trial else None


def test_the_challenger_is_followed_to_its_end(kit, store, challenger, look) -> None:
    store.release(model(kit, "first"))
    look()
    assert tried(challenger) is None
    store.challenge(model(kit, "second"), share=0.25)
    look()
    assert (tried(challenger), challenger.current().share) == ("second", 0.25)
    store.challenge(model(kit, "third"))
    look()
    assert tried(challenger) == "third"
    store.withdraw()
    look()
    assert tried(challenger) is None


def test_both_are_found_in_one_read_and_loaded_once(kit, store, challenger, look) -> None:
    store.release(model(kit, "first"))
    store.challenge(model(kit, "second"))
    look()
    trial = challenger.current()
    look()
    assert challenger.current() is trial
    assert store.looks == 2


def test_the_first_answer_does_not_wait_for_the_challenger(
    kit, store, champion, challenger
) -> None:
    store.release(model(kit, "first"))
    store.challenge(model(kit, "second"))
    gate = Event()
    read = store.read

    def slow(model_name: str, file_name: str) -> bytes:
        if model_name == "second":
            gate.wait(PATIENCE_S)
        return read(model_name, file_name)

    store.read = slow
    began = monotonic()
    assert champion.current().name == "first"
    assert monotonic() - began < PATIENCE_S / 2
    assert tried(challenger) is None
    gate.set()
    challenger.wait(PATIENCE_S)
    assert tried(challenger) == "second"


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(lambda store: store.models["second"].files.pop(ONNX_FILE), id="missing"),
        pytest.param(
            lambda store: store.models["second"].files.update({ONNX_FILE: b"swapped"}), id="swapped"
        ),
        pytest.param(lambda store: store.models.pop("second"), id="no row"),
        pytest.param(lambda store: setattr(store, "trial_revision", "x"), id="damaged revision"),
    ],
)
def test_a_challenger_that_cannot_be_loaded_is_noted_and_the_champion_serves(
    kit, store, champion, challenger, look, told, alarms, trouble
) -> None:
    store.release(model(kit, "first"))
    store.challenge(model(kit, "second"))
    trouble(store)
    look()
    assert champion.current().name == "first"
    assert tried(challenger) is None
    assert [message for message, _ in told] == ["challenger_not_loaded"]
    assert alarms == []
    store.release(model(kit, "third"))
    look()
    assert champion.current().name == "third"


def test_a_pointer_to_a_challenger_that_cannot_be_read_hides_nothing_of_the_champion(
    kit, store, champion, challenger, look, told, alarms
) -> None:
    store.release(model(kit, "first"))
    with pytest.raises(ValidationError) as raised:
        Challenger.model_validate({"name": "second"})
    store.damaged_trial = raised.value
    look()
    assert champion.current().name == "first"
    assert [message for message, _ in told] == ["challenger_not_loaded"]
    assert alarms == []


def test_a_challenger_is_loaded_again_at_the_next_look(kit, store, challenger, look) -> None:
    store.release(model(kit, "first"))
    broken = model(kit, "second")
    whole = broken.files.pop(ONNX_FILE)
    store.challenge(broken)
    look()
    assert tried(challenger) is None
    broken.files[ONNX_FILE] = whole
    look()
    assert tried(challenger) == "second"


def test_a_replaced_challenger_is_not_tried_on_while_its_successor_cannot_be_loaded(
    kit, store, challenger, look
) -> None:
    store.release(model(kit, "first"))
    store.challenge(model(kit, "second"))
    look()
    broken = model(kit, "third")
    broken.files.pop(ONNX_FILE)
    store.challenge(broken)
    look()
    assert tried(challenger) is None


def test_a_load_that_froze_cannot_bring_a_withdrawn_challenger_back(
    kit, store, champion, challenger
) -> None:
    store.release(model(kit, "first"))
    assert champion.current().name == "first"
    store.challenge(model(kit, "second"))
    frozen, thaw = Event(), Event()

    def freeze() -> None:
        frozen.set()
        thaw.wait(PATIENCE_S)

    store.before_read = freeze
    champion.look_again()
    assert frozen.wait(PATIENCE_S)
    store.withdraw()
    champion.look_again()
    thaw.set()
    challenger.wait(PATIENCE_S)
    assert tried(challenger) is None


def test_a_challenger_without_a_champion_changes_nothing_for_callers(
    kit, store, champion, challenger, alarms
) -> None:
    store.challenge(model(kit, "second"))
    with pytest.raises(NoModel):
        champion.current()
    challenger.wait(PATIENCE_S)
    assert alarms == []


def test_failing_to_score_is_told_once_until_the_next_look(kit, store, challenger, look, told):
    store.release(model(kit, "first"))
    for _ in range(3):
        challenger.failed(RuntimeError("a bug"))
    assert [message for message, _ in told] == ["challenger_failed"]
    look()
    challenger.failed(RuntimeError("a bug"))
    assert len(told) == 2
