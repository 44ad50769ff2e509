"""A training: the request, and its way from pending to processed or error."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from fraud.domain.jobs import Job
from fraud.domain.links import MAX_LINK_CHARS


class TrainingStage(StrEnum):
    """What a training is doing, in order."""

    QUEUED = "queued"
    FETCHING = "fetching"
    READING = "reading"
    FITTING = "fitting"
    EVALUATING = "evaluating"
    EXPORTING = "exporting"
    STORING = "storing"
    RELEASING = "releasing"
    DONE = "done"


TARGETED = ("target_precision", "target_alert_rate")
"""Policies that need a target; no other takes one."""
MIN_TARGET = 1e-6
MIN_COST, MAX_COST = 1e-6, 1e12
"""A number below 1e-130 could not even be stored; far above it no threshold answers to it."""

Cost = Annotated[float, Field(ge=MIN_COST, le=MAX_COST, allow_inf_nan=False)]


class PolicyRequest(BaseModel):
    """What the model's threshold is chosen by."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: Annotated[
        Literal["best_f1", "target_precision", "target_alert_rate", "lowest_cost"],
        Field(description="What the threshold reaches for."),
    ]
    target: Annotated[
        float | None,
        Field(
            ge=MIN_TARGET,
            lt=1,
            validate_default=True,
            description="Precision or alert rate to reach; for the two policies named so.",
        ),
    ] = None
    missed_fraud_cost: Annotated[
        Cost | None,
        Field(description="Currency units; its amount by default. For `lowest_cost`."),
    ] = None
    false_alarm_cost: Annotated[
        Cost | None, Field(description="Currency units; 10 by default. For `lowest_cost`.")
    ] = None

    @field_validator("target")
    @classmethod
    def _only_where_targeted(cls, target: float | None, info: ValidationInfo) -> float | None:
        name = info.data.get("name")
        if name in TARGETED and target is None:
            raise ValueError(f"is needed by the policy {name}")
        if name and name not in TARGETED and target is not None:
            raise ValueError(f"is not for the policy {name}; only for {' and '.join(TARGETED)}")
        return target

    @field_validator("missed_fraud_cost", "false_alarm_cost")
    @classmethod
    def _only_where_costed(cls, cost: float | None, info: ValidationInfo) -> float | None:
        name = info.data.get("name")
        if name and name != "lowest_cost" and cost is not None:
            raise ValueError(f"is not for the policy {name}; only for lowest_cost")
        return cost


class TrainingRequest(BaseModel):
    """What to train, and how."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    dataset: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LINK_CHARS,
            description="Link to the CSV file: http, https, or s3 within the allowed buckets; an "
            "s3 link that ends with a slash means all files below it, trained on as one.",
            examples=["https://example.com/transactions.csv"],
            json_schema_extra={"format": "uri"},
        ),
    ]
    feature_set: Annotated[
        Literal["basic", "transaction"] | None,
        Field(
            description="Inputs of the model; by default those of the enabled model, so that "
            "callers can go on as they are, else the richest the file has columns for."
        ),
    ] = None
    seed: Annotated[
        int, Field(ge=0, le=2**31 - 1, description="Seed of sampling, split and fit.")
    ] = 1
    split: Annotated[
        Literal["random", "time"],
        Field(description="How rows are held out for the model's own metrics."),
    ] = "random"
    policy: Annotated[
        PolicyRequest | None,
        Field(description="How the threshold is chosen; by the best F1 unless told otherwise."),
    ] = None
    promote: Annotated[
        Literal["auto", "never"],
        Field(description="`auto` enables the model when it beats the enabled one."),
    ] = "auto"

    @property
    def many_files(self) -> bool:
        """Whether the link names all objects below it."""
        return self.dataset.lower().startswith("s3://") and self.dataset.endswith("/")


def workflow_name(training_id: int) -> str:
    """What the execution of a training over many files is called."""
    return f"training-{training_id}"


class Training(Job):
    """One row of the trainings table.

    `dataset_copy` is the key of our own copy of the dataset: a retry trains on the same bytes,
    whatever the link gives by then.
    """

    stage: TrainingStage = TrainingStage.QUEUED
    request: TrainingRequest
    dataset_copy: str | None = None
    model: str | None = None
    metrics: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    findings: list[dict[str, Any]] = Field(default_factory=list)
