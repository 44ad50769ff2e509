"""A model to predict with: trained by the product on a small sample, in a few seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from fraud.domain.model_cards import ModelRecord
from fraud_cli.sampling import write_sample
from fraud_serving.scorer import SERVED_FILES
from fraud_serving.served_model import ServedModel
from fraud_training.fit import FitOptions, fit

ROWS = 5000


def quick_model(work_dir: Path) -> ServedModel:
    """Train, and load as predict does."""
    sample = work_dir / "sample.csv"
    write_sample(sample, ROWS, seed=3, fraud_rate=0.02)
    options = FitOptions(feature_set="basic", quick=True, name="fraud-000001-0a1b2c3d")
    made = fit(sample, work_dir / "model", options, lambda *_: None)
    files = {name: made.files[name].read_bytes() for name in SERVED_FILES}
    record = ModelRecord(
        name=made.card.name,
        version=1,
        created_at=datetime.now(UTC),
        training_id=1,
        feature_set=made.card.feature_set.name,
        algorithm=made.card.algorithm,
        metrics=made.card.metrics,
        policy=made.card.policy,
        files={name: sha256(content).hexdigest() for name, content in files.items()},
    )
    return ServedModel.load(record, files)
