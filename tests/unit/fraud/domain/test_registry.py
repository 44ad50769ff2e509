"""A model's life: who may become what, what gives way, and where a rollback leads."""

from datetime import UTC, datetime
from itertools import count

import pytest

from fraud.domain.errors import Conflict
from fraud.domain.model_cards import (
    Challenger,
    Champion,
    Metrics,
    ModelRecord,
    ModelState,
    Pointers,
    ThresholdPolicy,
)
from fraud.domain.registry import (
    DISPLACED,
    MAX_EARLIER,
    TRANSITIONS,
    Action,
    Change,
    Order,
    rollback_target,
    work_out,
)

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
CHAMPION = Champion(
    name="champion", earlier=("older", "old"), revision=7, released_at=NOW, released_by="a",
    reason="first",
)  # fmt: skip
CHALLENGER = Challenger(
    name="challenger", share=0.1, revision=3, set_at=NOW, set_by="a", reason="to see"
)
BOTH = Pointers(CHAMPION, CHALLENGER, 3)


def a_model(name: str, state: str) -> ModelRecord:
    quality = dict.fromkeys(("accuracy", "recall", "precision", "f1", "auc", "auprc"), 0.9)
    rest = {"log_loss": 0.1, "brier": 0.1, "prevalence": 0.01, "time": 1.0}
    return ModelRecord(
        name=name,
        version=1,
        state=ModelState(state),
        created_at=NOW,
        training_id=1,
        feature_set="basic",
        algorithm="any",
        metrics=Metrics.model_validate(quality | rest),
        policy=ThresholdPolicy(threshold=0.5, review=0.2, block=0.5),
        files={},
    )


def order(action: str, share: float | None = None) -> Order:
    return Order("0" * 32, Action(action), "alice", NOW, "because", share)


def done(action: str, model: ModelRecord, seen: Pointers = BOTH) -> Change:
    return work_out(order(action, 0.25 if action == "challenge" else None), model, seen)


def moves(change: Change) -> list[tuple[str, str, str]]:
    return [(m.model, m.from_state, m.to_state) for m in change.moves]


@pytest.mark.parametrize(
    ("action", "allowed", "target"),
    [
        ("release", {"candidate"}, "champion"),
        ("promote", {"candidate", "challenger", "archived"}, "champion"),
        ("rollback", {"candidate", "challenger", "archived"}, "champion"),
        ("challenge", {"candidate", "challenger", "archived"}, "challenger"),
        ("withdraw", {"challenger"}, "candidate"),
        ("archive", {"candidate", "challenger"}, "archived"),
    ],
)
def test_every_action_is_refused_from_every_other_state(
    action: str, allowed: set[str], target: str
) -> None:
    for state in ModelState:
        model = a_model(state if state in DISPLACED else "some-model", state)
        if state in allowed:
            assert moves(done(action, model))[0] == (model.name, state, target)
        else:
            with pytest.raises(Conflict, match=model.name):
                done(action, model)


def test_the_table_speaks_of_every_action() -> None:
    assert set(TRANSITIONS) == set(Action)


def test_a_promotion_archives_the_champion_and_keeps_the_challenger() -> None:
    change = done("promote", a_model("new", "candidate"))
    assert moves(change)[1:] == [("champion", "champion", "archived")]
    champion = change.after.champion
    assert champion
    assert (champion.name, champion.revision, champion.previous) == ("new", 8, "champion")
    assert (champion.released_by, champion.reason) == ("alice", "because")
    assert change.after.challenger == CHALLENGER


def test_the_first_promotion_displaces_nobody() -> None:
    change = done("promote", a_model("new", "candidate"), Pointers())
    assert moves(change) == [("new", "candidate", "champion")]
    assert change.after.champion
    assert (change.after.champion.revision, change.after.champion.previous) == (1, None)


def test_a_promoted_challenger_is_challenger_no_more() -> None:
    change = done("promote", a_model("challenger", "challenger"))
    assert change.after.challenger is None
    assert change.after.challenger_revision == 4


def test_rollbacks_lead_further_back_and_never_forward() -> None:
    seen, visited = BOTH, []
    while seen.champion and seen.champion.previous:
        name = rollback_target(seen)
        visited.append(name)
        seen = done("rollback", a_model(name, "archived"), seen).after
    assert visited == ["old", "older"]
    with pytest.raises(Conflict, match="no model was enabled before older"):
        rollback_target(seen)
    with pytest.raises(Conflict, match="nothing to roll back"):
        rollback_target(Pointers())


def test_what_a_rollback_can_reach_is_bounded() -> None:
    seen = Pointers()
    for number in range(MAX_EARLIER + 10):
        seen = done("promote", a_model(f"m{number}", "candidate"), seen).after
    assert seen.champion
    assert len(seen.champion.earlier) == MAX_EARLIER
    assert seen.champion.previous == f"m{MAX_EARLIER + 8}"


def test_a_new_challenger_makes_the_former_one_a_candidate() -> None:
    change = done("challenge", a_model("new", "candidate"))
    assert moves(change)[1:] == [("challenger", "challenger", "candidate")]
    challenger = change.after.challenger
    assert challenger
    assert (challenger.name, challenger.share, challenger.revision) == ("new", 0.25, 4)
    assert change.after.champion == CHAMPION


def test_the_challengers_share_can_be_changed() -> None:
    change = done("challenge", a_model("challenger", "challenger"))
    assert moves(change) == [("challenger", "challenger", "challenger")]
    assert change.after.challenger
    assert change.after.challenger.share == 0.25


@pytest.mark.parametrize("action", ["withdraw", "archive"])
def test_the_challengers_end_leaves_a_higher_revision(action: str) -> None:
    after = done(action, a_model("challenger", "challenger")).after
    assert (after.challenger, after.challenger_revision) == (None, 4)
    assert after.champion == CHAMPION


def test_archiving_a_candidate_moves_no_pointer() -> None:
    assert done("archive", a_model("new", "candidate")).after == BOTH


def test_revisions_only_ever_grow() -> None:
    seen, revisions = Pointers(), count(1)
    for action, state in (("challenge", "candidate"), ("withdraw", "challenger")) * 3:
        seen = done(action, a_model("m", state), seen).after
        assert seen.challenger_revision == next(revisions)


def test_both_histories_say_who_when_why_and_with_whom() -> None:
    (first, ours), (second, theirs) = done("promote", a_model("new", "candidate")).history()
    assert (first, ours.from_state, ours.to_state, ours.other) == (
        "new", "candidate", "champion", "champion",
    )  # fmt: skip
    assert (second, theirs.from_state, theirs.to_state, theirs.other) == (
        "champion", "champion", "archived", "new",
    )  # fmt: skip
    for entry in (ours, theirs):
        assert (entry.by, entry.at, entry.reason, entry.id) == ("alice", NOW, "because", "0" * 32)
