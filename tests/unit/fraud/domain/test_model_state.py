"""The rules behind healthy, degraded, drifting and unknown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fraud.domain.drift import drift_report
from fraud.domain.drift_references import Bins, DriftReference
from fraud.domain.drift_windows import WINDOWS, WindowCounts
from fraud.domain.hour_counts import ModelCounts
from fraud.domain.label_counts import LabelCounts
from fraud.domain.live_quality import live_quality, mature_days
from fraud.domain.model_cards import Metrics
from fraud.domain.model_state import HealthState, Limits, Signs, judge
from fraud.domain.release_following import LeftBehind
from fraud.domain.retraining import RetrainingRules
from fraud.domain.traffic import ServerErrors

NOW = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
WEEK = timedelta(days=7)
HALVES = Bins(shares=(0.5, 0.5), rows=100_000, categories=("DEBIT", "TRANSFER"))
REFERENCE = DriftReference(scores=HALVES, features={"type": HALVES, "day_of_month": HALVES})
HELD_OUT = Metrics(
    accuracy=0.99, recall=0.7, precision=0.8, f1=0.75, auc=0.97, auprc=0.7, log_loss=0.02,
    brier=0.004, prevalence=0.01, time=1.0,
)  # fmt: skip
LIMITS = Limits()


def drift(scores=(500, 500), types=(500, 500), days=(500, 500)):
    counts = ModelCounts(
        predictions=sum(scores),
        scores=list(scores),
        features={"type": list(types), "day_of_month": list(days)},
    )
    windows = {name: WindowCounts(counts, length) for name, length in WINDOWS.items()}
    return drift_report(REFERENCE, windows)


def live(caught, wrong, missed):
    counts = LabelCounts(
        true_positives=caught, false_positives=wrong, false_negatives=missed, true_negatives=900
    )
    return live_quality(counts, 5000, mature_days(NOW, WEEK), WEEK, HELD_OUT)


SOUND = Signs(
    drift=drift(),
    live=live(70, 20, 30),
    errors=ServerErrors(count=1, requests=10_000, rate=0.0001),
    files_problem=None,
    failed_loads=0,
    age=timedelta(days=3),
)


def test_a_sound_model_is_healthy_without_reasons():
    assert judge(SOUND, LIMITS) == judge(replace(SOUND, errors=None, failed_loads=None), LIMITS)
    assert judge(SOUND, LIMITS).state is HealthState.HEALTHY
    assert judge(SOUND, LIMITS).reasons == ()


def test_a_moved_input_or_score_is_drift_and_the_reason_names_what_moved():
    verdict = judge(replace(SOUND, drift=drift(types=(200, 800))), LIMITS)
    assert verdict.state is HealthState.DRIFTING
    (reason,) = verdict.reasons
    assert reason.startswith("type has drifted")
    assert "50.0%, is 20.0%" in reason
    assert judge(replace(SOUND, drift=drift(scores=(900, 100))), LIMITS).state == "drifting"


def test_a_moderate_index_is_no_drift_yet():
    found = drift(types=(330, 670))
    assert 0.1 <= found.features["type"].psi < 0.25
    assert judge(replace(SOUND, drift=found), LIMITS).state is HealthState.HEALTHY


def test_the_calendar_does_not_turn_the_state():
    found = drift(days=(1000, 0))
    assert found.features["day_of_month"].psi > 1
    assert judge(replace(SOUND, drift=found), LIMITS).state is HealthState.HEALTHY


def test_f1_degrades_the_model_only_when_its_whole_interval_lies_below_the_margin():
    few = live(12, 10, 10)
    many = live(120, 100, 100)
    assert few.f1 == many.f1 < 0.75 - LIMITS.f1_loss
    assert judge(replace(SOUND, live=few), LIMITS).state is HealthState.HEALTHY
    verdict = judge(replace(SOUND, live=many), LIMITS)
    assert verdict.state is HealthState.DEGRADED
    assert "F1 by labels is" in verdict.reasons[0]
    assert "0.750 at training" in verdict.reasons[0]


def test_a_handful_of_labels_is_no_verdict_however_bad():
    assert live(0, 29, 0).intervals.f1[1] < 0.7
    assert judge(replace(SOUND, live=live(0, 29, 0)), LIMITS).state is HealthState.HEALTHY
    assert judge(replace(SOUND, live=live(0, 30, 0)), LIMITS).state is HealthState.DEGRADED


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ({"files_problem": "model.onnx is missing"}, "cannot be loaded: model.onnx is missing"),
        ({"failed_loads": 3}, "failed 3 times to load"),
        (
            {"left_behind": LeftBehind("old", NOW, timedelta(minutes=35))},
            "answered with old at 2026-11-30T09:20:00+00:00, 35 minutes after",
        ),
        ({"errors": ServerErrors(count=30, requests=1000, rate=0.03)}, "3.0% of the API's"),
    ],
)
def test_what_fails_is_degraded(sign, said):
    verdict = judge(replace(SOUND, **sign), LIMITS)
    assert verdict.state is HealthState.DEGRADED
    assert said in verdict.reasons[0]


def test_errors_among_few_requests_are_no_verdict():
    few = ServerErrors(count=5, requests=20, rate=0.25)
    assert judge(replace(SOUND, errors=few), LIMITS).state is HealthState.HEALTHY


def test_harm_outranks_drift_and_both_are_told():
    both = replace(SOUND, drift=drift(types=(200, 800)), files_problem="card.json is missing")
    verdict = judge(both, LIMITS)
    assert verdict.state is HealthState.DEGRADED
    assert len(verdict.reasons) == 2


def test_age_is_a_reason_and_no_state():
    verdict = judge(replace(SOUND, age=timedelta(days=90)), LIMITS)
    assert verdict.state is HealthState.HEALTHY
    assert verdict.reasons == ("the model is 90 days old, older than 90",)


def test_a_model_that_nobody_has_asked_yet_is_unknown_not_healthy():
    few = replace(SOUND, drift=drift((5, 5), (5, 5), (5, 5)), live=live(0, 0, 0))
    verdict = judge(few, LIMITS)
    assert verdict.state is HealthState.UNKNOWN
    assert "10 of" in verdict.reasons[0]
    # Labels alone are enough to know.
    assert judge(replace(few, live=SOUND.live), LIMITS).state is HealthState.HEALTHY
    blind = replace(few, drift=None)
    assert "no training distributions" in judge(blind, LIMITS).reasons[0]


def test_retraining_is_off_without_a_dataset_and_has_limits_of_its_own():
    bad = drift(types=(200, 800))
    assert RetrainingRules().cause(bad, live(120, 100, 100)) is None
    rules = RetrainingRules(dataset="s3://bucket/key.csv")
    assert rules.cause(SOUND.drift, SOUND.live) is None
    assert rules.cause(bad, None).startswith("type has drifted")
    assert "F1 by labels" in rules.cause(None, live(120, 100, 100))
    patient = replace(rules, psi=2.0, f1_loss=0.5)
    assert patient.cause(bad, live(120, 100, 100)) is None
