"""A training, from a file to artifacts that serving accepts."""

from __future__ import annotations

import csv
import json
import re
from hashlib import sha256
from pathlib import Path

import joblib
import numpy as np
import pytest

from fraud.domain.errors import DatasetError, InvalidValue
from fraud.domain.model_cards import ModelRecord
from fraud.domain.trainings import TrainingStage
from fraud_serving.scorer import SERVED_FILES, load_scorer
from fraud_training.fit import FitOptions, fit
from fraud_training.learn.enabled_model import EnabledModel, VerifiedModel
from fraud_training.learn.inputs import DEFAULT_FEATURE_SETS

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"


def silent(stage: TrainingStage, progress: float) -> None:
    """Nobody watches."""


def trained(source: Path, out_dir: Path, **options):
    return fit(source, out_dir, FitOptions(**options), silent)


def digest(result) -> str:
    return sha256(result.files["model.onnx"].read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def source(rows, tmp_path_factory):
    return rows.write(tmp_path_factory.mktemp("data") / "rows.csv")


@pytest.fixture(scope="module")
def full(source, tmp_path_factory):
    stages: list[tuple[TrainingStage, float]] = []
    options = FitOptions(name="fraud-000007", training_id=7, source="https://example.com/rows.csv")
    result = fit(
        source, tmp_path_factory.mktemp("full"), options, lambda s, p: stages.append((s, p))
    )
    return result, stages


@pytest.fixture(scope="module")
def basic_source(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("basic") / "basic.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["day_of_month", "type", "amount_log", "amount_dest", "is_fraud"])
        for step, kind, amount, *_, before, after, fraud in rows.cells:
            day, moved = -(-int(step) // 24), abs(float(before) - float(after))
            writer.writerow([day, kind, np.log1p(float(amount)), moved, fraud])
    return path


def test_serving_accepts_the_artifacts_and_scores_as_the_archive_does(full):
    result, _ = full
    files = {name: result.files[name].read_bytes() for name in SERVED_FILES}
    scorer = load_scorer(files, {name: sha256(data).hexdigest() for name, data in files.items()})
    archive = joblib.load(result.files["model.joblib"])
    X = np.array(json.loads(files["golden.json"])["X"], dtype=np.float32)
    assert X.shape == (32, 6)
    raw = archive["estimator"].decision_function(X)
    slope, intercept = archive["calibration"]["slope"], archive["calibration"]["intercept"]
    np.testing.assert_allclose(scorer.score(X)[0], slope * raw + intercept, atol=2e-5)


def test_the_card_says_what_was_trained(full):
    card = full[0].card
    assert re.fullmatch(r"fraud-000007-[0-9a-f]{8}", card.name)
    assert (card.training_id, card.seed) == (7, 1)
    assert (card.dataset.rows, card.dataset.frauds, card.dataset.form) == (6_000, 200, "paysim")
    assert card.dataset.source == "https://example.com/rows.csv"
    assert len(card.baseline) == len(card.feature_set.names) == 6
    assert {"scikit-learn", "onnx", "onnxruntime", "numpy"} <= card.library_versions.keys()
    assert card.metrics.f1 > 0.6
    assert card.metrics.time > 0


def test_a_full_training_is_evaluated_on_both_splits_with_everything_beside(full):
    evaluation = full[0].card.evaluation
    assert list(evaluation["splits"]) == ["random", "time"]
    for split in evaluation["splits"].values():
        assert split["intervals"]["auprc"][0] <= split["metrics"]["auprc"]
        assert split.keys() >= {"confusion", "ladder", "calibration", "curves", "by_type", "by_day"}
        assert sum(entry["rows"] for entry in split["by_type"].values()) == split["held_out_rows"]
        assert (
            sum(entry["frauds"] for entry in split["by_day"].values()) == split["held_out_frauds"]
        )
    assert evaluation["splits"]["random"]["held_out_frauds"] == 80
    assert {e["feature"] for e in evaluation["importance"]} == set(full[0].card.feature_set.names)
    for shares in evaluation["drift_reference"]["inputs"].values():
        assert sum(shares["shares"]) == pytest.approx(1)
    assert evaluation["search"]["candidates"][0]["auprc"]


def test_onnx_was_compared_on_every_row_of_a_small_file(full):
    export = full[0].card.evaluation["export"]
    assert export["rows"] == 6_000
    assert export["largest_difference"] <= 1e-5


def test_progress_rises_through_the_stages_in_order(full):
    _, stages = full
    names = list(dict.fromkeys(stage for stage, _ in stages))
    progress = [p for _, p in stages]
    assert names == ["reading", "fitting", "evaluating", "exporting"]
    assert progress == sorted(progress)
    assert 0 <= progress[0] <= progress[-1] <= 1


def test_the_spool_is_gone_afterwards(full):
    folder = full[0].files["model.onnx"].parent
    assert {path.name for path in folder.iterdir()} == set(full[0].files)


def test_the_same_rows_in_another_order_give_the_same_model(rows, source, tmp_path):
    other = rows.shuffled(1).write(tmp_path / "other.csv")
    one = trained(source, tmp_path / "one", quick=True)
    two = trained(other, tmp_path / "two", quick=True)
    assert digest(one) == digest(two)
    assert one.card.policy == two.card.policy


def test_another_seed_gives_another_model(source, tmp_path):
    one = trained(source, tmp_path / "one", quick=True)
    two = trained(source, tmp_path / "two", quick=True, seed=2)
    assert digest(one) != digest(two)


def test_a_full_training_writes_a_report_of_its_model(full):
    report = full[0].files["report.html"].read_text(encoding="utf-8")
    assert "fraud-000007" in report


def test_a_report_compares_with_the_champion(full, source, tmp_path):
    champion, _ = full
    card = champion.card.model_copy(update={"name": "the-one-before"})
    record = ModelRecord(
        name=card.name,
        version=1,
        created_at=card.created_at,
        training_id=1,
        feature_set=card.feature_set.name,
        algorithm=card.algorithm,
        metrics=card.metrics,
        policy=card.policy,
        files={},
    )
    verified = VerifiedModel(card, champion.files["model.onnx"].read_bytes())
    again = trained(source, tmp_path, champion=EnabledModel(record, verified))
    report = again.files["report.html"].read_text(encoding="utf-8")
    assert "Champion: the-one-before" in report


def test_a_quick_training_has_point_metrics_and_all_artifacts(source, tmp_path):
    result = trained(source, tmp_path, quick=True)
    assert list(result.card.evaluation["splits"]) == ["random"]
    assert "intervals" not in result.card.evaluation["splits"]["random"]
    assert set(result.files) == {"model.onnx", "model.joblib", "card.json", "golden.json"}


def test_the_metrics_of_a_split_by_time_come_from_the_latest_rows(source, full, tmp_path):
    card = trained(source, tmp_path, split="time", quick=True).card
    rule = card.evaluation["splits"]["time"]["rule"]
    assert card.split == "time"
    assert 400 < rule["last_trained_step"] < 500


def test_a_file_in_the_basic_form_trains_the_basic_feature_set(basic_source, tmp_path):
    card = trained(basic_source, tmp_path, quick=True).card
    assert (card.feature_set.name, card.dataset.form) == ("basic", "basic")
    assert card.metrics.model_dump()["value_caught"] > 0


def test_the_basic_form_gives_the_model_that_its_transactions_give(basic_source, source, tmp_path):
    from_basic = trained(basic_source, tmp_path / "basic", quick=True).card
    from_paysim = trained(source, tmp_path / "paysim", quick=True, feature_set="basic").card
    assert from_basic.metrics.auprc == pytest.approx(from_paysim.metrics.auprc, abs=0.15)


def test_a_feature_set_the_file_has_no_columns_for_is_refused(basic_source, tmp_path):
    with pytest.raises(DatasetError, match="oldbalanceOrg") as raised:
        trained(basic_source, tmp_path, feature_set="transaction")
    assert raised.value.code == "feature_set_needs_columns"
    assert not list(tmp_path.iterdir())


def test_an_unknown_feature_set_is_refused(source, tmp_path):
    with pytest.raises(InvalidValue, match="nonsense"):
        trained(source, tmp_path, feature_set="nonsense")


def test_every_form_has_a_default_feature_set():
    assert DEFAULT_FEATURE_SETS == {"basic": "basic", "paysim": "transaction"}


@pytest.mark.parametrize("name", ["paysim1_first_19999.csv", "paysim1_sample_12651.csv"])
def test_the_public_paysim_files_train(name, tmp_path):
    source = SHARED / name
    if not source.exists():
        pytest.skip(f"{source} is not there")
    result = trained(source, tmp_path, quick=True)
    assert result.card.metrics.auprc > 0.85
