"""What the trainer does with models: look up the enabled one, register a new one, release it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.registry_changes import RegistryChanges
from fraud.adapters.trainings_table import TrainingsTable
from fraud.domain.comparisons import Comparison
from fraud.domain.errors import ArtifactRejected, Conflict, NotFound
from fraud.domain.findings import Finding, Level
from fraud.domain.model_cards import (
    CARD_FILE,
    ONNX_FILE,
    SERVED_FILES,
    Champion,
    ModelCard,
    ModelRecord,
    ModelState,
)
from fraud.domain.registry import Action
from fraud.domain.trainings import Training
from fraud.services.releasing import Decision, decide_release
from fraud_serving.scorer import load_scorer
from fraud_training.fit import FitResult
from fraud_training.learn.enabled_model import EnabledModel, VerifiedModel

RELEASE_ATTEMPTS = 3


@dataclass(frozen=True)
class Registered:
    """A registered model, and what its release is decided by."""

    record: ModelRecord
    comparison: Comparison | None
    findings: Sequence[Finding]


@dataclass(frozen=True)
class ModelRegistry:
    """The models table, and the artifacts beside it.

    Every change is made under the condition that the training is still this worker's, and raises
    LeaseLost when it is not.
    """

    models: RegistryChanges
    bucket: ArtifactsBucket
    trainings: TrainingsTable

    def enabled(self) -> EnabledModel | None:
        """The champion with its files, or with what is wrong with them.

        Raises
        ------
        Unavailable
            When they could not be read this time.
        """
        champion = self.models.champion()
        return self.named(champion.name) if champion else None

    def named(self, name: str) -> EnabledModel | None:
        """A model that is or was enabled, in the same way."""
        record = self.models.get(name)
        if record is None:
            return None
        try:
            return EnabledModel(record, self._verified(record))
        except (ArtifactRejected, NotFound) as e:
            # A champion that nobody can load must not keep a new model from taking over.
            return EnabledModel(record, None, f"{record.name} cannot be loaded: {e.message}")

    def made_before(self, training: Training) -> Registered | None:
        """The model that an earlier attempt at this training registered before its worker died.

        Its card tells what it was compared with, the training's row what was found in the data.
        """
        record = self.models.of_training(training.id)
        if record is None:
            return None
        findings = [Finding.model_validate(found) for found in training.findings]
        try:
            content = self.bucket.read(record.name, CARD_FILE)
            comparison = _comparison(ModelCard.model_validate_json(content))
        except (NotFound, ValueError):  # then it cannot be served, and will not be released
            comparison = None
        return Registered(record, comparison, findings)

    def register(self, training: Training, result: FitResult) -> Registered:
        """Store a model's artifacts, then its row."""
        card = result.card
        files = {name: self.bucket.store(card.name, path) for name, path in result.files.items()}
        record = ModelRecord(
            name=card.name,
            version=training.id,
            created_at=card.created_at,
            training_id=training.id,
            feature_set=card.feature_set.name,
            algorithm=card.algorithm,
            metrics=card.metrics,
            policy=card.policy,
            files=files,
        )
        self.models.register(record, self.trainings.held(training))
        return Registered(record, _comparison(card), result.findings)

    def release(self, training: Training, made: Registered) -> dict[str, Any]:
        """Enable a registered model if it is better, and note the decision in its row.

        Returns
        -------
        dict
            The decision as it is stored.
        """
        decision = self._released(training, made)
        self.models.note_decision(made.record.name, decision, self.trainings.held(training))
        return decision

    def _released(self, training: Training, made: Registered) -> dict[str, Any]:
        record, objections = made.record, self._objections(made)
        for attempt in range(1, RELEASE_ATTEMPTS + 1):
            champion = self.models.champion()
            if champion and champion.name == record.name:
                return _made_before(champion)
            if decided := self._decided_before(record.name, training.client):
                return decided
            enabled = self.models.get(champion.name) if champion else None
            request, now = training.request, datetime.now(UTC)
            decision = decide_release(record, enabled, request.promote, made.comparison, objections)
            if not decision.promote:
                return decision.as_dict(now, training.client)
            reason = "; ".join(decision.reasons)
            try:
                self.models.release(
                    record.name,
                    champion,
                    now,
                    training.client,
                    reason,
                    self.trainings.held(training),
                )
            except Conflict:
                if attempt == RELEASE_ATTEMPTS:
                    raise
            else:
                return decision.as_dict(now, training.client)
        raise AssertionError("unreachable")

    def _decided_before(self, name: str, client: str) -> dict[str, Any] | None:
        """The decision on a model that is no candidate any more.

        An earlier attempt released it, and it has been replaced since; or somebody has archived it
        or made it challenger meanwhile.
        """
        known = self.models.get(name)
        if known is None or known.state is ModelState.CANDIDATE:
            return None
        for entry in self.models.history(name):
            if entry.action is Action.RELEASE and entry.to_state is ModelState.CHAMPION:
                return Decision(True, (entry.reason,)).as_dict(entry.at, entry.by)
        reason = f"it has been made {known.state} since it was registered"
        return Decision(False, (reason,)).as_dict(datetime.now(UTC), client)

    def _objections(self, made: Registered) -> Sequence[str]:
        """What forbids a release: errors in the data, or artifacts that nobody could serve."""
        errors = [f.message for f in made.findings if f.level is Level.ERROR]
        try:
            self._verified(made.record)
        except (ArtifactRejected, NotFound) as e:
            return [*errors, f"its artifacts cannot be served: {e.message}"]
        return errors

    def _verified(self, record: ModelRecord) -> VerifiedModel:
        """A model as predict would load it: digests, then golden rows in ONNX Runtime."""
        files = {name: self.bucket.read(record.name, name) for name in SERVED_FILES}
        return VerifiedModel(load_scorer(files, record.files).card, files[ONNX_FILE])


def _comparison(card: ModelCard) -> Comparison | None:
    found = card.evaluation.get("champion_comparison")
    return Comparison.model_validate(found) if found else None


def _made_before(champion: Champion) -> dict[str, Any]:
    """The decision of an attempt that released the model and then came to grief."""
    decision = Decision(promote=True, reasons=(champion.reason,))
    return decision.as_dict(champion.released_at, champion.released_by)
