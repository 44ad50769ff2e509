"""Collaborators of the scoring_plan function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import dynamodb_client, patient_s3_client
from fraud.adapters.dataset_objects import DatasetObjects
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.scoring_bucket import ScoringBucket
from fraud.adapters.scorings_table import ScoringsTable
from fraud.services.trainings import LinkRules
from fraud.settings import LinkSettings
from fraud_training.download import DownloadLimits
from fraud_training.scoring.files import DatasetFiles
from fraud_training.scoring.planning import RangeSizes, ScoringPlanner


class ScoringPlanSettings(LinkSettings):
    """Environment of the scoring_plan function."""

    scorings_table: str
    models_table: str
    max_dataset_bytes: int
    scoring_range_bytes: int
    scoring_memory_mb: int


@cache
def settings() -> ScoringPlanSettings:
    """The function's settings."""
    return ScoringPlanSettings.from_environment()


@cache
def planner() -> ScoringPlanner:
    """What plans scorings."""
    return ScoringPlanner(
        scorings=ScoringsTable(dynamodb_client(), settings().scorings_table),
        models=ModelsTable(dynamodb_client(), settings().models_table),
        artifacts=ArtifactsBucket(patient_s3_client(), settings().data_bucket),
        files=DatasetFiles(
            objects=DatasetObjects(patient_s3_client()),
            bucket=ScoringBucket(patient_s3_client(), settings().data_bucket),
            links=LinkRules(
                settings().dataset_buckets, settings().loopback_allowed, settings().data_bucket
            ),
            downloads=DownloadLimits(max_bytes=settings().max_dataset_bytes),
        ),
        sizes=RangeSizes(settings().scoring_range_bytes, settings().scoring_memory_mb),
    )
