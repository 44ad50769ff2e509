"""The tables of docs/scale.md on bulk work, as simulated.

`uv run python tests/benchmarks/scale_tables.py` prints them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from map_simulation import Limits
from scale_simulation import MIB, SETTINGS, SIZES, Job, scoring, training
from scale_walls import Wall, scoring_walls, training_walls
from tables import print_table

type Row = tuple[str, ...]

COLUMNS = ("rows", "at once", "shards", "takes", "USD", "what it waits for")
KINDS: dict[str, Callable[[int, int, Limits], Job]] = {
    "Scoring": scoring,
    "Scoring with reasons": lambda rows, at_once, limits: scoring(
        rows, at_once, limits, reasons=True
    ),
    "Training over many files": training,
}


def job_rows(kind: str) -> Iterator[Row]:
    """A row for each size and setting; one where no setting makes a difference."""
    for rows in SIZES:
        found = [
            _row(name, KINDS[kind](rows, at_once, limits))
            for name, (at_once, limits) in SETTINGS.items()
        ]
        alike = len({(row[2], row[3], row[5]) for row in found}) == 1
        refused = all(KINDS[kind](rows, *setting).refused for setting in SETTINGS.values())
        if alike or refused:
            rows_cell, _, *cells = found[0]
            found = [(rows_cell, "any of these", *cells)]
        yield from found


def wall_rows(walls: Iterable[Wall]) -> Iterator[Row]:
    """A row for each, the lowest first."""
    for wall in sorted(walls, key=lambda each: each.rows):
        yield (wall.name, count(wall.rows), wall.moved_by)


def show() -> None:
    """Print them."""
    for kind in KINDS:
        print_table(kind, COLUMNS, job_rows(kind))
    columns = ("", "rows", "moved by")
    print_table("Where scoring ends", columns, wall_rows(scoring_walls()))
    print_table("Where training over many files ends", columns, wall_rows(training_walls()))


def duration(seconds: float) -> str:
    """Seconds, minutes or hours, whichever is read most easily."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3600:.1f} h"


def count(rows: int) -> str:
    """Millions, billions or trillions."""
    for unit, name in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if rows >= unit:
            return f"{rows / unit:.3g} {name}"
    return f"{rows:,}"


def _row(setting: str, job: Job) -> Row:
    shards = f"{job.shards:,} of {job.shard_bytes // MIB} MiB"
    if job.refused:
        return (count(job.rows), setting, shards, "-", "-", job.refused)
    usd = f"{job.usd:.2f}" if job.usd >= 0.1 else f"{job.usd:.4f}"
    return (count(job.rows), setting, shards, duration(job.wall_s), usd, job.bottleneck)


if __name__ == "__main__":
    show()
