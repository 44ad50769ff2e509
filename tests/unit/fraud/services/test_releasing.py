"""Release: the first model is enabled, a later one when it is better by more than chance."""

from datetime import UTC, datetime

import pytest

from fraud.domain.comparisons import Comparison, difference
from fraud.domain.model_cards import Metrics, ModelRecord, ThresholdPolicy
from fraud.services.releasing import CHANGED, MARGIN, decide_release


def a_model(
    training_id: int, f1: float, *, auprc: float = 0.9, policy: str = "best_f1"
) -> ModelRecord:
    quality = dict.fromkeys(("accuracy", "recall", "precision", "auc"), 0.9)
    metrics = {**quality, "f1": f1, "auprc": auprc, "log_loss": 0.1, "brier": 0.1}
    return ModelRecord(
        name=f"fraud-{training_id:06d}",
        version=training_id,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        training_id=training_id,
        feature_set="basic",
        algorithm="any",
        metrics=Metrics.model_validate({**metrics, "prevalence": 0.01, "time": 1.0}),
        policy=ThresholdPolicy.model_validate(
            {"name": policy, "threshold": 0.5, "review": 0.2, "block": 0.5}
        ),
        files={},
    )


def on_the_same_rows(
    champion: ModelRecord, challenger: ModelRecord, interval: tuple[float, float]
) -> Comparison:
    ours, theirs = challenger.metrics, champion.metrics
    return Comparison.of(
        champion,
        challenger.policy,
        {
            "f1": difference(theirs.f1, ours.f1, interval),
            "auprc": difference(theirs.auprc, ours.auprc, interval),
        },
        rows=40_000,
    )


def test_the_first_model_is_enabled() -> None:
    assert decide_release(a_model(1, 0.1), None, "auto").promote


@pytest.mark.parametrize(
    ("f1", "promoted"), [(0.81, True), (0.804, False), (0.80, False), (0.79, False)]
)
def test_by_their_own_cards_a_later_model_must_be_better_by_the_margin(
    f1: float, promoted: bool
) -> None:
    champion, challenger = a_model(1, 0.80), a_model(2, f1)
    compared = Comparison.of_cards(challenger.metrics, challenger.policy, champion, "no columns")
    decision = decide_release(challenger, champion, "auto", compared)
    assert decision.promote is promoted
    assert "0.8000 of fraud-000001" in decision.reasons[0]
    assert decision.reasons[1] == "each was measured on its own held-out rows: no columns"
    assert decision.comparison
    assert decision.comparison.basis == "own cards"


@pytest.mark.parametrize(
    ("f1", "interval", "promoted", "because"),
    [
        (0.803, (0.001, 0.005), True, "95 % interval 0.0010 to 0.0050"),
        (0.803, (-0.001, 0.007), False, "not more than the margin"),
        (0.81, (-0.01, 0.03), True, f"more than the margin of {MARGIN}"),
        (0.80, (0.0, 0.0), False, "is not higher than"),
        (0.79, (-0.02, -0.001), False, "is not higher than"),
    ],
    ids=["sure", "noise", "beyond the margin", "tie", "worse"],
)
def test_on_the_same_rows_the_interval_or_the_margin_decides(
    f1: float, interval: tuple[float, float], promoted: bool, because: str
) -> None:
    champion, challenger = a_model(1, 0.80), a_model(2, f1)
    compared = on_the_same_rows(champion, challenger, interval)
    decision = decide_release(challenger, champion, "auto", compared)
    assert decision.promote is promoted
    assert because in decision.reasons[0]
    assert decision.reasons[1] == "both were scored on the same 40,000 held-out rows"


@pytest.mark.parametrize("policies", [("best_f1", "lowest_cost"), ("target_precision", "best_f1")])
def test_auprc_decides_where_a_threshold_was_not_set_for_f1(policies: tuple[str, str]) -> None:
    champion = a_model(1, 0.9, auprc=0.7, policy=policies[0])
    challenger = a_model(2, 0.6, auprc=0.8, policy=policies[1])
    decision = decide_release(challenger, champion, "auto")
    assert decision.promote
    assert decision.reasons[0].startswith("AUPRC 0.8000 is higher than 0.7000")


def test_a_comparison_with_another_model_is_of_no_use() -> None:
    gone, champion, challenger = a_model(1, 0.5), a_model(2, 0.9), a_model(3, 0.8)
    compared = on_the_same_rows(gone, challenger, (0.2, 0.4))
    decision = decide_release(challenger, champion, "auto", compared)
    assert not decision.promote
    assert CHANGED in decision.reasons[1]


@pytest.mark.parametrize("champion", [None, a_model(1, 0.1)], ids=["first", "later"])
def test_an_objection_keeps_any_model_a_candidate(champion: ModelRecord | None) -> None:
    decision = decide_release(
        a_model(2, 0.9), champion, "auto", objections=["golden rows differ", "labels are empty"]
    )
    assert not decision.promote
    assert decision.reasons == ("golden rows differ", "labels are empty")


def test_never_means_never() -> None:
    assert not decide_release(a_model(1, 0.9), None, "never").promote


def test_an_older_training_never_replaces_a_newer_ones_model() -> None:
    assert not decide_release(a_model(1, 0.99), a_model(2, 0.5), "auto").promote


def test_what_is_stored_says_who_when_and_by_which_figures() -> None:
    champion, challenger = a_model(1, 0.80), a_model(2, 0.82)
    compared = on_the_same_rows(champion, challenger, (0.01, 0.03))
    decision = decide_release(challenger, champion, "auto", compared)
    stored = decision.as_dict(datetime(2026, 1, 2, tzinfo=UTC), "alice")
    assert (stored["decided_at"], stored["decided_by"]) == ("2026-01-02T00:00:00+00:00", "alice")
    figures = stored["comparison"]
    assert (figures["champion"], figures["basis"]) == ("fraud-000001", "same held-out rows")
    assert figures["difference"] == pytest.approx(0.02)
    assert figures["interval"] == [0.01, 0.03]
    assert figures["others"]["auprc"]["difference"] == 0
