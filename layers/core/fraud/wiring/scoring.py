"""Collaborators of the scoring function."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client, s3_client, step_functions_client
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.scoring_bucket import ScoringBucket
from fraud.adapters.scorings_table import ScoringsTable
from fraud.adapters.workflow_engine import WorkflowEngine
from fraud.domain.scorings import ScoringLimits
from fraud.services.scorings import ScoringPlaces, ScoringRules
from fraud.services.trainings import LinkRules
from fraud.settings import IdempotencySettings, LinkSettings


class ScoringSettings(LinkSettings, IdempotencySettings):
    """Environment of the scoring function."""

    scorings_table: str
    models_table: str
    scoring_state_machine_arn: str
    scoring_max_concurrency: int
    scoring_tolerated_failure_percentage: float
    scoring_max_rows: int
    scoring_max_cost_usd: float


@cache
def settings() -> ScoringSettings:
    """The function's settings."""
    return ScoringSettings.from_environment()


@cache
def scorings() -> ScoringsTable:
    """The scorings table."""
    return ScoringsTable(dynamodb_client(), settings().scorings_table)


@cache
def models() -> ModelsTable:
    """The model registry."""
    return ModelsTable(dynamodb_client(), settings().models_table)


@cache
def engine() -> WorkflowEngine:
    """The state machine that scores."""
    return WorkflowEngine(step_functions_client(), settings().scoring_state_machine_arn)


@cache
def places() -> ScoringPlaces:
    """Where scorings are."""
    bucket = ScoringBucket(s3_client(), settings().data_bucket)
    return ScoringPlaces(scorings(), models(), engine(), bucket)


@cache
def rules() -> ScoringRules:
    """What a scoring may read and take."""
    return ScoringRules(
        links=LinkRules(
            settings().dataset_buckets, settings().loopback_allowed, settings().data_bucket
        ),
        limits=ScoringLimits(
            max_concurrency=settings().scoring_max_concurrency,
            tolerated_failure_percentage=settings().scoring_tolerated_failure_percentage,
            max_rows=settings().scoring_max_rows,
            max_cost_usd=settings().scoring_max_cost_usd,
        ),
    )
