"""Release: the first model is enabled, a later one when its F1 is higher."""

from datetime import UTC, datetime

import pytest

from fraud.domain.model_cards import Metrics, ModelRecord, ThresholdPolicy
from fraud.services.releasing import decide_release


def a_model(training_id: int, f1: float) -> ModelRecord:
    quality = dict.fromkeys(("accuracy", "recall", "precision", "auc", "auprc"), 0.9)
    return ModelRecord(
        name=f"fraud-{training_id:06d}",
        version=training_id,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        training_id=training_id,
        feature_set="basic",
        algorithm="any",
        metrics=Metrics(**quality, f1=f1, log_loss=0.1, brier=0.1, prevalence=0.01, time=1.0),
        policy=ThresholdPolicy(threshold=0.5, review=0.2, block=0.5),
        files={},
    )


def test_the_first_model_is_enabled() -> None:
    assert decide_release(a_model(1, 0.1), None, "auto").promote


@pytest.mark.parametrize(("f1", "promoted"), [(0.81, True), (0.80, False), (0.79, False)])
def test_a_later_model_must_be_better(f1: float, promoted: bool) -> None:
    decision = decide_release(a_model(2, f1), a_model(1, 0.80), "auto")
    assert decision.promote is promoted
    assert "0.8000" in decision.reasons[0]


def test_never_means_never() -> None:
    assert not decide_release(a_model(1, 0.9), None, "never").promote


def test_an_older_training_never_replaces_a_newer_ones_model() -> None:
    assert not decide_release(a_model(1, 0.99), a_model(2, 0.5), "auto").promote
