"""Collaborators of the monitor."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from fraud.adapters.api_metrics import ApiMetrics
from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.aws_clients import cloudwatch_client, dynamodb_client, s3_client, sqs_client
from fraud.adapters.job_queue import TrainingQueue
from fraud.adapters.labels import Labels
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.monitoring_table import MonitoringTable
from fraud.adapters.prediction_hours import PredictionHours
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.model_state import Limits
from fraud.domain.retraining import RetrainingRules
from fraud.services.guarded_retraining import Trainers
from fraud.services.monitoring import Rules, Watch
from fraud.services.trainings import LinkRules
from fraud.settings import LinkSettings


class MonitorSettings(LinkSettings):
    """Environment of the monitor."""

    models_table: str
    predictions_table: str
    monitoring_table: str
    trainings_table: str
    training_queue_url: str
    api_name: str
    api_stage: str
    powertools_metrics_namespace: str
    label_maturity_days: int
    stale_model_days: int
    retraining_dataset: str = ""
    retraining_psi: float
    retraining_f1_loss: float
    retraining_cool_down_days: int


@cache
def settings() -> MonitorSettings:
    """The function's settings."""
    return MonitorSettings.from_environment()


@cache
def watch() -> Watch:
    """What the monitor reads and writes."""
    dynamodb, s = dynamodb_client(), settings()
    metrics = ApiMetrics(
        cloudwatch_client(), s.api_name, s.api_stage, s.powertools_metrics_namespace
    )
    return Watch(
        log=PredictionHours(dynamodb, s.predictions_table),
        labels=Labels(dynamodb, s.predictions_table),
        table=MonitoringTable(dynamodb, s.monitoring_table),
        models=ModelsTable(dynamodb, s.models_table),
        bucket=ArtifactsBucket(s3_client(), s.data_bucket),
        api_health=metrics.health,
        trainers=Trainers(
            TrainingsTable(dynamodb, s.trainings_table),
            TrainingQueue(sqs_client(), s.training_queue_url),
            LinkRules(s.dataset_buckets, s.loopback_allowed, s.data_bucket),
        ),
    )


@cache
def rules() -> Rules:
    """What the monitor judges by."""
    s = settings()
    return Rules(
        maturity=timedelta(days=s.label_maturity_days),
        limits=Limits(stale_after=timedelta(days=s.stale_model_days)),
        retraining=RetrainingRules(
            dataset=s.retraining_dataset,
            psi=s.retraining_psi,
            f1_loss=s.retraining_f1_loss,
            cool_down=timedelta(days=s.retraining_cool_down_days),
        ),
    )
