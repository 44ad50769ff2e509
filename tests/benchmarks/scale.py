"""Bulk scoring and training over many files measured on this machine, and what follows from that.

`uv run python tests/benchmarks/scale.py [--csv FILE] [--work DIR] [--json FILE]`

Workers are processes of one core each; the functions around them run over the product's emulator,
where their requests are counted. Then come the sizes that only AWS has room for, simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import log_items
import onnx
import scale_online
import scale_steps
import scale_tables
from child_process import usable_cores
from machine import Machine
from paysim_file import COMPRESSED, opening
from recorded_calls import Step
from scale_measures import Measured, measured_constants
from scale_stack import local_stack
from scale_steps import ScoringSteps, TrainingSteps
from scale_worker import loaded
from scale_workers import Scored, dealt, gzipped, import_s, scored
from tables import out, print_table, print_targets

from fraud.domain.byte_ranges import ByteRange
from fraud.domain.model_cards import CARD_FILE, ONNX_FILE, ModelCard

FRAUD = Path(sys.executable).with_name("fraud")
MIB = 1 << 20
CSV_BYTES, RANGE_BYTES, REASONS_BYTES = 256 * MIB, 64 * MIB, 4 * MIB
SAMPLE_ROWS = 3_000_000
MIN_ROWS_PER_S = 250_000
MAX_PEAK_GROWTH = 1.15
REPORTS = 10_000
SHARD_BYTES, SMALL_SHARD_BYTES = 128 * MIB, 16 * MIB

TREE_IDS = "nodes_treeids"

type Results = dict[str, Scored]

ONE, TWICE, REASONS, GZIP = "one core", "one core, twice the range", "with reasons", "gzipped"
SPLIT = "{} workers"


def prepared(options: argparse.Namespace, work_dir: Path) -> tuple[Path, Path]:
    """A file of transactions, and a model that `fraud fit` made of it."""
    csv = options.csv.resolve() if options.csv else work_dir / "transactions.csv"
    if not csv.exists() and COMPRESSED.is_file():
        opening(csv, CSV_BYTES)
    elif not csv.exists():
        _fraud("sample", "--output", csv, "--rows", SAMPLE_ROWS, "--json")
    model_dir = work_dir / "model"
    if not model_dir.is_dir():
        _fraud("fit", csv, "--out", model_dir, "--json")
    return csv, model_dir


def workers(csv: Path, model_dir: Path, work_dir: Path, cores: int) -> Results:
    """Score ranges of the file in processes."""
    later = csv.stat().st_size // 3
    packed = gzipped(csv, work_dir / "transactions.csv.gz", RANGE_BYTES)
    whole = ByteRange(0, packed.stat().st_size)
    found = {
        ONE: scored(csv, model_dir, [[ByteRange(later, later + RANGE_BYTES)]]),
        TWICE: scored(csv, model_dir, [[ByteRange(later, later + 2 * RANGE_BYTES)]]),
        GZIP: scored(packed, model_dir, [[whole]]),
        REASONS: scored(csv, model_dir, [[ByteRange(later, later + REASONS_BYTES)]], reasons=True),
    }
    for n in range(1, cores + 1):
        found[SPLIT.format(n)] = scored(csv, model_dir, dealt(3 * RANGE_BYTES, RANGE_BYTES // 4, n))
    return found


def show_workers(found: Results, cores: int) -> None:
    """Print them."""
    rows = [
        (
            name,
            f"{s.rows:,}",
            f"{s.seconds:.2f}",
            f"{s.rows_per_s:,.0f}",
            f"{s.rows_per_cpu_s:,.0f}",
            f"{s.peak_bytes / 1e6:,.0f}",
        )
        for name, s in found.items()
    ]
    columns = ("rows", "s", "rows/s", "rows/s of CPU", "peak MB of one")
    print_table("Scoring CSV to CSV, processes over byte ranges", ("", *columns), rows)
    one, most = found[SPLIT.format(1)], found[SPLIT.format(cores)]
    print_targets(
        [
            _at_least("one core, rows/s", found[ONE].rows_per_s, MIN_ROWS_PER_S),
            _at_least("gzipped, one core, rows/s", found[GZIP].rows_per_s, MIN_ROWS_PER_S),
            _growth("memory, twice the range", found[TWICE].peak_bytes / found[ONE].peak_bytes),
        ]
    )
    out.print(f"{cores} workers score {most.rows_per_s / one.rows_per_s:.2f}x the rows of one.")


def show_steps(steps: dict[str, Step]) -> None:
    """Print what each function took, and asked for."""
    rows = [
        (
            name,
            f"{step.cpu_s:.2f}",
            f"{step.seconds:.2f}",
            *(str(n) for n in (step.gets, step.puts, step.reads, step.writes)),
        )
        for name, step in steps.items()
    ]
    columns = ("CPU s", "s, emulated S3", "GETs", "PUTs", "table reads", "writes")
    print_table("Functions, one run of each", ("", *columns), rows)


def steps_of(plain: ScoringSteps, reasons: ScoringSteps, trained: TrainingSteps) -> dict[str, Step]:
    """The steps worth showing; of those that are alike, the last."""
    return {
        "scoring: plan": plain.plan,
        "scoring: range of 64 MiB": plain.ranges[-1],
        "scoring: range of 4 MiB, reasons": reasons.ranges[-1],
        "scoring: finish, merged": plain.finish,
        f"scoring: finish, {REPORTS:,} ranges": scale_steps.finishing(REPORTS),
        "training: plan": trained.plan,
        "training: survey of 128 MiB": trained.survey[0],
        f"training: weigh {trained.shards} shards": trained.weigh,
        "training: draw from 128 MiB": trained.draw[0],
        "training: draft": trained.draft,
        "training: score 128 MiB": trained.score[0],
        "training: finish": trained.finish,
    }


def show_constants(measured: Measured) -> None:
    """Print what estimates are made with beside what was measured."""
    rows = [
        (c.name, f"{c.in_code:,g}", f"{c.measured:,.4g}", "yes" if c.fits else "NO")
        for c in measured_constants(measured)
    ]
    print_table("What costs are estimated with", ("", "in code", "measured", "fits"), rows)


def measure(options: argparse.Namespace, work_dir: Path, cores: int) -> dict[str, Any]:
    """Measure and print everything."""
    csv, model_dir = prepared(options, work_dir)
    out.print(f"Model: {_described(model_dir)}")
    found = workers(csv, model_dir, work_dir, cores)
    show_workers(found, cores)
    with local_stack(work_dir / "emulator", model_dir, csv):
        plain = scale_steps.scoring(reasons=False, at_most=2)
        reasons = scale_steps.scoring(reasons=True, at_most=3)
        trained = scale_steps.training(SHARD_BYTES)
        small = scale_steps.training(SMALL_SHARD_BYTES)
        steps = steps_of(plain, reasons, trained)
    show_steps(steps)
    units = log_items.units_per_prediction(csv, loaded(model_dir))
    measured = Measured(
        one=found[ONE],
        reasons=found[REASONS],
        plain_steps=plain,
        reasons_steps=reasons,
        trained=trained,
        small_shards=small,
        shard_import_s=import_s("fraud_training.shards.shard_wiring"),
        units=units["batch of 1,000"],
    )
    show_constants(measured)
    scale_tables.show()
    scale_online.show()
    return {
        "workers": {name: asdict(s) for name, s in found.items()},
        "steps": {name: step.facts() for name, step in steps.items()},
        "constants": [c._asdict() for c in measured_constants(measured)],
        "write_units": units,
    }


def main() -> None:
    """Measure, print, and write the numbers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--csv", type=Path, help="a PaySim file of 256 MiB or more")
    parser.add_argument("--work", type=Path, help="a directory to keep, and to find things in")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    options = parser.parse_args()
    machine = Machine.here(usable_cores())
    with tempfile.TemporaryDirectory(prefix="fraud-scale-") as scratch:
        work_dir = options.work.resolve() if options.work else Path(scratch)
        work_dir.mkdir(parents=True, exist_ok=True)
        results = measure(options, work_dir, machine.cores)
    load = os.getloadavg()[0]
    out.print(f"\n{machine.cores} cores of {machine.processor}; load average {load:.1f}")
    if options.json:
        numbers = {"machine": asdict(machine), "load_average": load, **results}
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def _fraud(*arguments: object) -> None:
    command = [str(FRAUD), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def _described(model_dir: Path) -> str:
    """Algorithm and size of a model."""
    card = ModelCard.model_validate_json((model_dir / CARD_FILE).read_bytes())
    nodes = onnx.load(str(model_dir / ONNX_FILE)).graph.node
    trees = {n for node in nodes for a in node.attribute if a.name == TREE_IDS for n in a.ints}
    return f"{card.algorithm} of {len(trees)} trees, feature set {card.feature_set.name}"


def _at_least(name: str, got: float, wanted: float) -> tuple[str, str, str, bool]:
    return name, f"≥ {wanted:,.0f}", f"{got:,.0f}", got >= wanted


def _growth(name: str, got: float) -> tuple[str, str, str, bool]:
    return name, f"≤ {MAX_PEAK_GROWTH:.2f}x", f"{got:.2f}x", got <= MAX_PEAK_GROWTH


if __name__ == "__main__":
    main()
