"""Collaborators of the scoring_range function."""

from __future__ import annotations

from functools import cache, lru_cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, patient_s3_client
from fraud.adapters.dataset_objects import DatasetObjects
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.scoring_bucket import ScoringBucket
from fraud.adapters.scorings_table import ScoringsTable
from fraud.settings import Settings
from fraud_serving.served_model import ServedModel
from fraud_serving.stored_models import load_stored
from fraud_training.scoring.range_scoring import RangeScoring


class ScoringRangeSettings(Settings):
    """Environment of the scoring_range function."""

    scorings_table: str
    models_table: str
    data_bucket: str
    scoring_max_unpacked_bytes: int


@cache
def settings() -> ScoringRangeSettings:
    """The function's settings."""
    return ScoringRangeSettings.from_environment()


@cache
def scoring() -> RangeScoring:
    """What scores ranges."""
    return RangeScoring(
        objects=DatasetObjects(patient_s3_client()),
        bucket=ScoringBucket(patient_s3_client(), settings().data_bucket),
        scorings=ScoringsTable(dynamodb_client(), settings().scorings_table),
        load=load,
        max_unpacked_bytes=settings().scoring_max_unpacked_bytes,
    )


@lru_cache(maxsize=1)
def load(name: str) -> ServedModel:
    """A model, verified; the last one stays in memory, for a worker has many ranges of one model.

    Raises
    ------
    NotFound
        When there is none of that name.
    ArtifactRejected
        When its files are not those that were registered.
    """
    models = ModelsTable(dynamodb_client(), settings().models_table)
    return load_stored(name, models, ArtifactsBucket(patient_s3_client(), settings().data_bucket))
