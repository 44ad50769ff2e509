"""Challenger and champion meet on the same held-out rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from fraud.domain.comparisons import Comparison
from fraud.domain.features import BASIC, TRANSACTION
from fraud.domain.model_cards import ModelRecord
from fraud_training.fit import FitOptions, fit
from fraud_training.learn.comparison import auprc_interval, f1_interval
from fraud_training.learn.enabled_model import EnabledModel, VerifiedModel, obstacle
from fraud_training.learn.metrics import metrics_of
from fraud_training.learn.paired_scores import PairedScores, Rival, paired_scores
from fraud_training.learn.score_table import ScoreTable, probability_of

THRESHOLD = 0.2


class Given:
    """Scores with a model of the past."""

    def __init__(self, log_odds):
        self._log_odds = log_odds

    def log_odds(self, X):
        return self._log_odds


@pytest.fixture(scope="module")
def records(spool):
    return np.concatenate(list(spool.chunks()))


def pair(records, champion, challenger) -> PairedScores:
    rival = Rival(Given(champion), BASIC, THRESHOLD, THRESHOLD)
    fraud = records["label"] == 1
    return paired_scores(records, rival, challenger, fraud, np.ones(len(records)))


def noisy(records, noise: float, seed: int):
    """Scores of rows: the less noise, the better the model."""
    rng = np.random.default_rng(seed)
    fraud = records["label"] == 1
    return np.where(fraud, 1.0, -4.0) + noise * rng.standard_normal(len(records))


def auprc_lead(paired, records, challenger) -> float:
    ours = ScoreTable.of(challenger, records["label"] == 1)
    theirs = paired.champion
    return metrics_of(ours, THRESHOLD)["auprc"] - metrics_of(theirs, THRESHOLD)["auprc"]


def test_equal_models_differ_by_nothing_for_sure(records):
    scores = noisy(records, 2.0, 1)
    paired = pair(records, scores, scores)
    assert f1_interval(paired, 1) == (0, 0)
    assert auprc_interval(paired, 0.0, 1) == (0, 0)


def test_a_clearly_better_model_is_better_for_sure(records):
    better = noisy(records, 1.0, 2)
    paired = pair(records, noisy(records, 3.0, 1), better)
    assert f1_interval(paired, 1)[0] > 0
    assert auprc_interval(paired, auprc_lead(paired, records, better), 1)[0] > 0
    turned = pair(records, noisy(records, 1.0, 2), noisy(records, 3.0, 1))
    assert f1_interval(turned, 1)[1] < 0


def test_the_intervals_are_those_of_drawing_rows_again(records):
    fraud = records["label"] == 1
    champion = noisy(records, 2.0, 1)
    challenger = champion + 0.7 * np.random.default_rng(3).standard_normal(len(records))
    rng = np.random.default_rng(4)
    f1, auprc = [], []
    for _ in range(300):
        again = rng.integers(0, len(records), len(records))
        theirs, ours = (
            metrics_of(ScoreTable.of(scores[again], fraud[again]), THRESHOLD)
            for scores in (champion, challenger)
        )
        f1.append(ours["f1"] - theirs["f1"])
        auprc.append(ours["auprc"] - theirs["auprc"])
    paired = pair(records, champion, challenger)
    of_auprc = auprc_interval(paired, auprc_lead(paired, records, challenger), 1)
    for found, drawn in ((f1_interval(paired, 1), f1), (of_auprc, auprc)):
        width = np.ptp(np.quantile(drawn, [0.025, 0.975]))
        assert found[1] - found[0] == pytest.approx(width, rel=0.25)
        assert np.mean(found) == pytest.approx(np.mean(drawn), abs=width / 4)


def test_pairing_narrows_the_interval(records):
    champion = noisy(records, 2.0, 1)
    alike = champion + 0.1 * np.random.default_rng(3).standard_normal(len(records))
    unlike = noisy(records, 2.0, 5)
    widths = [np.ptp(f1_interval(pair(records, champion, other), 1)) for other in (alike, unlike)]
    assert widths[0] < widths[1] / 2


def test_pairs_of_chunks_add_up(records):
    champion, challenger = noisy(records, 2.0, 1), noisy(records, 2.0, 2)
    whole = pair(records, champion, challenger)
    half = len(records) // 2
    parts = [pair(records[s], champion[s], challenger[s]) for s in (slice(half), slice(half, None))]
    summed = parts[0] + parts[1]
    for name in ("alerts", "legit", "fraud"):
        np.testing.assert_array_equal(getattr(summed, name), getattr(whole, name))
    assert whole.alerts.sum() == whole.legit.sum() + whole.fraud.sum() == len(records)


def test_verdicts_are_counted_as_every_metric_counts_them(records):
    champion, challenger = noisy(records, 2.0, 1), noisy(records, 2.0, 2)
    alerts = pair(records, champion, challenger).alerts
    fraud = records["label"] == 1
    assert alerts[1].sum() == fraud.sum()
    assert alerts[1, :, 1].sum() == (fraud & (probability_of(challenger) >= THRESHOLD)).sum()
    assert alerts[0, 1].sum() == (~fraud & (probability_of(champion) >= THRESHOLD)).sum()


def enabled(result, **changes) -> EnabledModel:
    card = result.card
    record = ModelRecord(
        name=card.name,
        version=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        training_id=1,
        feature_set=card.feature_set.name,
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files={},
    )
    verified = VerifiedModel(card, result.files["model.onnx"].read_bytes())
    return replace(EnabledModel(record, verified), **changes)


@pytest.fixture(scope="module")
def trained(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    source = rows.write(folder / "rows.csv")

    def train(name, **options):
        options = FitOptions(quick=True, name=name, **options)
        return fit(source, folder / name, options, lambda stage, share: None)

    return train


@pytest.fixture(scope="module")
def champion(trained):
    return trained("champion", feature_set="basic")


def compared(result) -> Comparison:
    return Comparison.model_validate(result.card.evaluation["champion_comparison"])


def test_the_same_training_again_is_a_tie_on_the_same_rows(trained, champion):
    found = compared(trained("again", feature_set="basic", champion=enabled(champion)))
    assert (found.basis, found.metric) == ("same held-out rows", "f1")
    assert found.champion == champion.card.name
    assert (found.difference, found.interval) == (0, (0, 0))
    assert found.rows == pytest.approx(2_400, rel=0.05)
    assert found.champion_value == pytest.approx(champion.card.metrics.f1, abs=1e-12)


def test_the_champion_scores_with_inputs_of_its_own(trained, champion):
    result = trained("other", feature_set="transaction", champion=enabled(champion))
    found = compared(result)
    assert found.basis == "same held-out rows"
    assert found.champion_value == pytest.approx(champion.card.metrics.f1, abs=1e-12)
    assert found.challenger_value == result.card.metrics.f1
    assert found.interval[0] <= found.difference <= found.interval[1]
    assert found.others["auprc"].interval


def test_a_champion_that_cannot_be_loaded_leaves_the_cards(trained, champion):
    broken = enabled(champion, verified=None, trouble="model.onnx was altered")
    found = compared(trained("fallback", champion=broken))
    assert (found.basis, found.why) == ("own cards", "model.onnx was altered")
    assert (found.rows, found.interval) == (None, None)
    assert found.champion_value == champion.card.metrics.f1


def test_a_file_without_the_champions_columns_is_named(champion):
    model = enabled(champion)
    assert obstacle(model, ("step", "type", "amount", "oldbalanceDest", "newbalanceDest")) == ""
    found = obstacle(model, ("step", "type", "oldbalanceDest", "newbalanceDest"))
    assert "lacks amount" in found


def test_a_feature_that_is_no_longer_derived_is_named(champion):
    old = TRANSACTION.features[0].model_copy(update={"name": "weekday"})
    card = champion.card.model_copy(
        update={"feature_set": BASIC.model_copy(update={"features": (old,)})}
    )
    model = enabled(champion, verified=VerifiedModel(card, b""))
    assert "weekday" in obstacle(model, ("step",))
