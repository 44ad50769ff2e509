"""Collaborators of the scoring_finish function."""

from __future__ import annotations

from functools import cache, partial

from fraud.adapters.aws_clients import dynamodb_client, patient_s3_client
from fraud.adapters.merged_object import merge
from fraud.adapters.scoring_bucket import ScoringBucket
from fraud.adapters.scorings_table import ScoringsTable
from fraud.services.finishing_scorings import MERGE_WITHIN_S, ScoringEnd
from fraud.settings import Settings


class ScoringFinishSettings(Settings):
    """Environment of the scoring_finish function."""

    scorings_table: str
    data_bucket: str
    scoring_max_merged_bytes: int


@cache
def settings() -> ScoringFinishSettings:
    """The function's settings."""
    return ScoringFinishSettings.from_environment()


@cache
def end() -> ScoringEnd:
    """What brings a scoring to its end."""
    return ScoringEnd(
        scorings=ScoringsTable(dynamodb_client(), settings().scorings_table),
        bucket=ScoringBucket(patient_s3_client(), settings().data_bucket),
        merge=partial(merge, patient_s3_client(), settings().data_bucket, within_s=MERGE_WITHIN_S),
        max_merged_bytes=settings().scoring_max_merged_bytes,
    )
