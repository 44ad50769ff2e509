"""What a bulk scoring has to do: its ranges, its model, and what it will cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from fraud.adapters.ahead import read_ahead
from fraud.adapters.artifacts_bucket import ArtifactsBucket
from fraud.adapters.dataset_objects import StoredObject
from fraud.adapters.models_table import ModelsTable
from fraud.adapters.scoring_bucket import MAP_RECORDS, PLAN
from fraud.adapters.scorings_table import ScoringsTable
from fraud.domain.errors import Conflict, DatasetError, FraudError, NoModel, Unavailable
from fraud.domain.model_cards import CARD_FILE, ModelCard, ModelRecord
from fraud.domain.scoring_costs import estimated_cost, range_seconds
from fraud.domain.scorings import (
    MAX_SHARDS,
    OPEN,
    PinnedModel,
    Scoring,
    ScoringFailure,
    ScoringPlan,
    ScoringStatus,
    Shard,
)
from fraud.domain.worker_times import READS_AT_ONCE
from fraud.services.artifacts import verified
from fraud.services.finding_models import find_record
from fraud_training.scoring.files import DatasetFiles
from fraud_training.scoring.openings import glance, named, sample
from fraud_training.scoring.scored_columns import scored_layout

REASONS_SHARE = 16
"""Ranges are so much smaller where reasons are asked for, which take so much longer."""
MAX_PACKED_S = 240
"""Estimated seconds of a gzipped file, which is one range; a worker has 290."""


@dataclass(frozen=True)
class RangeSizes:
    """Bytes of a range, and the memory of the function that scores it."""

    range_bytes: int
    memory_mb: int


@dataclass(frozen=True)
class ScoringPlanner:
    """Plans scorings."""

    scorings: ScoringsTable
    models: ModelsTable
    artifacts: ArtifactsBucket
    files: DatasetFiles
    sizes: RangeSizes

    def plan(self, scoring_id: str) -> dict[str, Any]:
        """Plan a scoring, and note the plan, or why there is none, on it.

        Returns
        -------
        dict
            What the state machine goes on with.

        Raises
        ------
        Conflict
            When it has ended, cancelled most likely.
        DatasetError, InvalidValue, NotFound, ArtifactRejected
            When there is nothing that can be scored, or too much.
        Unavailable
            When trying again may help.
        """
        now = datetime.now(UTC)
        scoring = self.scorings.change(
            scoring_id, OPEN, now, status=ScoringStatus.PROCESSING, started_at=now.isoformat()
        )
        try:
            plan = self._plan(scoring)
        except FraudError as e:
            if not isinstance(e, Unavailable):
                self._note(scoring_id, e)
            raise
        going = [ScoringStatus.PROCESSING]
        self.scorings.change(scoring_id, going, datetime.now(UTC), plan=plan)
        bucket = self.files.bucket
        return {
            "id": scoring_id,
            "model": plan.model.name,
            "reasons": scoring.request.reasons,
            "max_concurrency": scoring.limits.max_concurrency,
            "tolerated_failure_percentage": scoring.limits.tolerated_failure_percentage,
            "bucket": bucket.name,
            "plan": bucket.key(scoring_id, PLAN),
            "records": bucket.key(scoring_id, MAP_RECORDS),
        }

    def _plan(self, scoring: Scoring) -> ScoringPlan:
        record = self._model(scoring.request.model)
        files = list(islice(self.files.find(scoring), MAX_SHARDS + 1))
        if not files:
            message = "There is no file below this link, or none with content."
            raise DatasetError(message, code="empty_dataset")
        sampled = sample(self.files.objects, files)
        card = ModelCard.model_validate_json(verified(record, CARD_FILE, self.artifacts))
        with named(files[0], files):
            scored_layout(sampled.header, card.feature_set)
        shards = self._shards(scoring, files)
        plan = self._summed_up(scoring, record, files, len(shards), sampled.rows(files))
        _check_limits(scoring, plan)
        content = ",\n".join(shard.model_dump_json() for shard in shards)
        self.files.bucket.put(scoring.id, PLAN, f"[{content}]".encode())
        return plan

    def _model(self, name: str | None) -> ModelRecord:
        if name is None:
            champion = self.models.champion()
            if champion is None:
                raise NoModel("no model is enabled any more; name one")
            name = champion.name
        return find_record(name, self.models)

    def _shards(self, scoring: Scoring, files: Sequence[StoredObject]) -> list[Shard]:
        range_bytes, reasons = self.sizes.range_bytes, scoring.request.reasons
        if reasons:
            range_bytes = max(range_bytes // REASONS_SHARE, 1)

        def ranges_of(numbered: tuple[int, StoredObject]) -> list[Shard]:
            ranges = list(self.files.ranges(*numbered, range_bytes))
            if ranges and ranges[0].end > range_bytes:  # so it is gzipped
                self._check_packed(numbered[1], reasons=reasons)
            return ranges

        ranges = chain.from_iterable(read_ahead(ranges_of, enumerate(files), READS_AT_ONCE))
        shards = list(islice(ranges, MAX_SHARDS + 1))
        if len(shards) > MAX_SHARDS:
            message = f"This takes more than {MAX_SHARDS:,} ranges; score it in several requests."
            raise DatasetError(message, code="too_many_ranges")
        return shards

    def _check_packed(self, file: StoredObject, *, reasons: bool) -> None:
        """Refuse a gzipped file that no worker would be done with in time."""
        opening = glance(self.files.objects, file)
        rows = opening.rows(file.size_bytes) if opening else 0
        if range_seconds(rows, self.sizes.memory_mb, reasons=reasons) > MAX_PACKED_S:
            raise DatasetError(
                f"{file.shown} has about {rows:,} rows; a gzipped file is scored in one piece, and "
                f"this one would take more than {MAX_PACKED_S} s. Unpack it, or split it.",
                code="dataset_too_large",
            )

    def _summed_up(
        self,
        scoring: Scoring,
        record: ModelRecord,
        files: Sequence[StoredObject],
        shards: int,
        rows: int,
    ) -> ScoringPlan:
        at_once, memory_mb = scoring.limits.max_concurrency, self.sizes.memory_mb
        reasons = scoring.request.reasons
        return ScoringPlan(
            model=PinnedModel(name=record.name, version=record.version),
            files=len(files),
            shards=shards,
            input_bytes=sum(file.size_bytes for file in files),
            estimated_rows=rows,
            estimated_cost=estimated_cost(rows, shards, memory_mb, at_once, reasons=reasons),
        )

    def _note(self, scoring_id: str, error: FraudError) -> None:
        failure = ScoringFailure(code=error.code, message=error.message)
        going = [ScoringStatus.PROCESSING]
        with suppress(Conflict, Unavailable):
            self.scorings.change(scoring_id, going, datetime.now(UTC), first_failure=failure)


def _check_limits(scoring: Scoring, plan: ScoringPlan) -> None:
    limits, cost = scoring.limits, plan.estimated_cost.total_usd
    if plan.estimated_rows > limits.max_rows:
        raise DatasetError(
            f"These are about {plan.estimated_rows:,} rows, and {limits.max_rows:,} are allowed; "
            "raise max_rows, or send fewer.",
            code="too_many_rows",
        )
    if cost > limits.max_cost_usd:
        raise DatasetError(
            f"This would cost about {cost:.2f} USD, and {limits.max_cost_usd:.2f} are allowed; "
            "raise max_cost_usd, or send fewer rows.",
            code="too_costly",
        )
