"""How a claimed training ends: with a model, or with an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.errors import FraudError
from fraud.domain.findings import Finding
from fraud.domain.jobs import JobStatus
from fraud.domain.trainings import Training, TrainingStage
from fraud_training.fit import FitResult
from fraud_training.ingest.findings import DatasetRejected
from fraud_training.progress import ProgressWriter
from fraud_training.registry import ModelRegistry, Registered


def ended_with_model(
    training: Training,
    fitted: Callable[[], FitResult],
    registry: ModelRegistry,
    trainings: TrainingsTable,
    progress: ProgressWriter,
) -> str:
    """Store and register a model, release it if it is better, and say so in the training's row.

    Parameters
    ----------
    fitted
        Gives the model; not called when an earlier attempt has registered one.

    Returns
    -------
    str
        The model's name.
    """
    made = registry.made_before(training)
    if made is None:
        result = fitted()
        progress(TrainingStage.STORING, 0.97)
        # Before the model is registered: an attempt that finds it registered looks for them here.
        trainings.update(training, datetime.now(UTC), findings=_written(result.findings))
        made = registry.register(training, result)
    progress(TrainingStage.RELEASING, 0.985)
    decision = registry.release(training, made)
    _processed(training, made, decision, trainings)
    return made.record.name


def _processed(
    training: Training, made: Registered, decision: dict[str, Any], trainings: TrainingsTable
) -> None:
    now = datetime.now(UTC)
    trainings.update(
        training,
        now,
        status=JobStatus.PROCESSED,
        stage=TrainingStage.DONE,
        progress=1.0,
        finished_at=now.isoformat(),
        model=made.record.name,
        metrics=made.record.metrics.model_dump(),
        decision=decision,
        findings=_written(made.findings),
    )


def ended_with_error(
    training: Training, error: FraudError, registry: ModelRegistry, trainings: TrainingsTable
) -> None:
    """End a training with an error, what was found in its dataset, and any model it has made."""
    findings = error.findings if isinstance(error, DatasetRejected) else ()
    more: dict[str, Any] = {"findings": _written(findings)}
    if made := registry.made_before(training):
        more["model"] = made.record.name
    trainings.fail(training, datetime.now(UTC), error, **more)


def _written(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    return [f.model_dump(mode="json", exclude_none=True) for f in findings]
