"""The constants that costs are estimated with, beside what a run of `scale.py` found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recorded_calls import Step
from scale_online import BATCH
from scale_steps import ScoringSteps, TrainingSteps
from scale_workers import Scored

from fraud.domain import scoring_costs as scoring
from fraud.domain import training_costs as training
from fraud.domain.worker_times import s3_seconds

SLACK = 1.25
"""An estimate may be so much too dear; too cheap by a twentieth is too cheap."""
SHORT = 0.95
MANY_SHARDS = 1_000


class Constant(NamedTuple):
    """A number in the code and its measured twin; `rate` where more of it makes things cheaper."""

    name: str
    in_code: float
    measured: float
    rate: bool = False

    @property
    def fits(self) -> bool:
        """Whether the estimate is near what was measured, and rather too dear than too cheap."""
        rate = self.measured / self.in_code
        return SHORT <= rate <= SLACK if self.rate else 1 / SLACK <= rate <= 1 / SHORT


@dataclass(frozen=True)
class Measured:
    """What the constants are taken from.

    Attributes
    ----------
    shard_import_s
        Of a function that works on a training's shards, on one core.
    units
        Write units of a prediction in a batch.
    """

    one: Scored
    reasons: Scored
    plain_steps: ScoringSteps
    reasons_steps: ScoringSteps
    trained: TrainingSteps
    small_shards: TrainingSteps
    shard_import_s: float
    units: float


def measured_constants(m: Measured) -> Iterator[Constant]:
    """Every constant."""
    yield Constant("ROWS_PER_S", scoring.ROWS_PER_S, m.one.rows_per_cpu_s, rate=True)
    yield Constant(
        "ROWS_PER_S_WITH_REASONS",
        scoring.ROWS_PER_S_WITH_REASONS,
        m.reasons.rows_per_cpu_s,
        rate=True,
    )
    cold_s = m.one.cold_s + s3_seconds(m.plain_steps.cold.gets - scoring.GETS_PER_RANGE, 0)
    yield Constant("COLD_START_S of scoring", scoring.COLD_START_S, cold_s)
    yield Constant("COLD_START_S of training", training.COLD_START_S, m.shard_import_s)
    yield from _moved(m)
    (ranged,) = {(s.gets, s.puts, s.writes) for s in m.plain_steps.ranges}
    for name, counted in zip(("GETS", "PUTS", "WRITES"), ranged, strict=True):
        in_code = getattr(scoring, f"{name}_PER_RANGE")
        yield Constant(f"{name}_PER_RANGE", in_code, counted)
    for name in ("survey", "draw", "score"):
        yield from _map(name, getattr(m.trained, name), m.trained)
    for name in ("weigh", "draft", "finish"):
        yield from _join(name, m)
    yield Constant("write units of a prediction in a batch", BATCH.units, m.units)


def _moved(m: Measured) -> Iterator[Constant]:
    for name, steps in (("", m.plain_steps), ("_WITH_REASONS", m.reasons_steps)):
        read = m.trained.csv_bytes / m.trained.rows
        in_code = getattr(scoring, f"MOVED_BYTES_PER_ROW{name}")
        yield Constant(f"MOVED_BYTES_PER_ROW{name}", in_code, read + steps.part_bytes / steps.rows)


def _map(name: str, steps: Sequence[Step], trained: TrainingSteps) -> Iterator[Constant]:
    in_code: training.ShardStep = getattr(training, name.upper())
    rows_per_s = trained.rows / sum(step.cpu_s for step in steps)
    yield Constant(f"{name}: rows_per_s", in_code.rows_per_s, rows_per_s, rate=True)
    yield Constant(f"{name}: gets", in_code.gets, max(step.gets for step in steps))
    yield Constant(f"{name}: puts", in_code.puts, max(step.puts for step in steps))


def _join(name: str, m: Measured) -> Iterator[Constant]:
    """What a step takes for each shard is the slope between few shards and many."""
    in_code: training.JoinStep = getattr(training, name.upper())
    few, many = getattr(m.trained, name), getattr(m.small_shards, name)
    more = m.small_shards.shards - m.trained.shards
    shard_core_s = max(0.0, (many.cpu_s - few.cpu_s) / more)
    beside_s = few.cpu_s - m.trained.shards * shard_core_s
    measured = beside_s + MANY_SHARDS * shard_core_s
    expected = in_code.core_s + MANY_SHARDS * in_code.shard_core_s
    yield Constant(f"{name}: core_s and {MANY_SHARDS} times shard_core_s", expected, measured)
    round_trips = (many.gets - few.gets) / more
    yield Constant(f"{name}: shard_round_trips", in_code.shard_round_trips, round_trips)
