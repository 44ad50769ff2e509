"""Bulk scoring and training over many files: measured here, simulated beyond one machine.

`uv run python tests/benchmarks/scale.py [--rows N] [--json FILE]` takes a few minutes. It prints
rows a second of one worker and of several on this machine, memory, seconds and requests of every
step, and from these what 10 million to 100 billion rows would take on AWS, with what holds them up
at each size.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import scale_simulation as simulation
from child_process import usable_cores
from cost import MONTH_S, month
from machine import Machine
from scale_simulation import Limits, Measured, OnlineLimits, Simulated
from scale_steps import scoring_steps, training_steps
from tables import out, print_table, print_targets

from fraud.domain.prediction_ids import LOG_SHARDS
from fraud_training.scoring.local import score_files

FRAUD = Path(sys.executable).with_name("fraud")
WORKER = Path(__file__).with_name("scoring_worker.py")
ROWS, REASONS_ROWS = 2_000_000, 30_000
MB = 1_000_000
MIN_ROWS_PER_S = 250_000
FEW, MANY = 4, 44
"""Shards of the same rows: what more of them add to the steps that join what they give."""
REPEATS = 3
SIZES = (10_000_000, 1_000_000_000, 100_000_000_000)
CONCURRENCY = (100, 1_000, 10_000)
RATES = (100, 1_000, 10_000, 100_000)
BUSY_MS = (2.2, 10.0)
"""As measured with a DynamoDB on loopback, and with one that takes 8 ms: single-digit
milliseconds, as AWS says."""

type Numbers = dict[str, Any]


def prepare(work: Path, rows: int) -> tuple[Path, Path]:
    """A sample, and a model of the feature set with six inputs, fitted as the stack would."""
    sample, model_dir, fitted_on = work / "sample.csv", work / "model", work / "fitted_on.csv"
    for path, n in ((sample, rows), (fitted_on, 300_000)):
        if not path.exists():
            _fraud("sample", "-o", str(path), "--rows", str(n), "--seed", "7")
    if not model_dir.exists():
        _fraud("fit", str(fitted_on), "--out", str(model_dir))
    return sample, model_dir


def _fraud(*args: str) -> None:
    subprocess.run([FRAUD, *args, "--json"], check=True, capture_output=True)


def worker(sample: Path, model_dir: Path, *, reasons: bool = False) -> Numbers:
    """One worker in a process of its own: the best of a few runs."""
    command = [sys.executable, str(WORKER), str(sample), str(model_dir)]
    runs = [
        json.loads(
            subprocess.run(
                [*command, *(["--reasons"] if reasons else [])],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for _ in range(REPEATS)
    ]
    return dict(max(runs, key=lambda run: run["rows"] / run["cpu_s"]))


def parts_of(sample: Path, rows: int, name: str) -> Path:
    """The first rows of the sample, as a file beside it."""
    target = sample.with_name(name)
    with sample.open("rb") as lines, target.open("wb") as part:
        part.writelines(line for line, _ in zip(lines, range(rows + 1), strict=False))
    return target


def one_worker(sample: Path, model_dir: Path) -> dict[str, Numbers]:
    """CSV to CSV by one worker: plain and gzipped, with reasons, and of half the bytes."""
    half = parts_of(sample, ROWS // 2, "half.csv")
    packed = sample.with_name("half.csv.gz")
    with half.open("rb") as plain, gzip.open(packed, "wb", compresslevel=6) as file:
        shutil.copyfileobj(plain, file, 1 << 20)
    few = parts_of(sample, REASONS_ROWS, "few.csv")
    found = {
        "plain": worker(sample, model_dir),
        "plain, half the rows": worker(half, model_dir),
        "gzipped, half the rows": worker(packed, model_dir),
        "with reasons": worker(few, model_dir, reasons=True),
    }
    rows = [
        (
            name,
            f"{run['rows']:,}",
            f"{run['rows'] / run['cpu_s']:,.0f}",
            f"{run['rows'] / run['seconds']:,.0f}",
            f"{run['peak_bytes'] / MB:,.0f}",
        )
        for name, run in found.items()
    ]
    columns = ("CSV to CSV", "rows", "rows/s of its CPU", "rows/s of wall time", "peak MB")
    print_table(f"One worker, best of {REPEATS} runs", columns, rows)
    return found


def several_workers(sample: Path, model_dir: Path) -> Numbers:
    """Wall time of `fraud score --local` by the number of processes, in turns."""
    target = sample.with_name("scored.csv")
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for workers, seconds in spent.items():
            started = time.monotonic()
            scored = score_files([sample], model_dir, target, lambda *_: None, workers=workers)
            seconds.append(time.monotonic() - started)
    rows = scored.counts.rows
    best = {workers: rows / min(seconds) for workers, seconds in spent.items()}
    table = [(str(n), f"{speed:,.0f}", f"{speed / best[1]:.2f}x") for n, speed in best.items()]
    columns = ("workers", "rows/s, start and joining included", "of one")
    print_table(f"fraud score --local, {rows:,} rows, best of {REPEATS}, in turns", columns, table)
    return {"rows": rows, "rows_per_s": best}


def training(sample: Path, few_rows: Path, work: Path) -> dict[str, float]:
    """Speeds of the maps from one training; of the joins what a shard adds, and the rest."""
    runs = []
    for file, shards, quick in (
        (few_rows, FEW, True),
        (few_rows, MANY, True),
        (sample, FEW, False),
    ):
        with tempfile.TemporaryDirectory(dir=work) as directory:
            runs.append(training_steps(file, Path(directory), shards, quick=quick))
    (_, few), (_, many), (rows, whole) = runs
    added = {name: max(0.0, many[name] - few[name]) / (MANY - FEW) for name in few}
    return {
        "survey_rows_per_s": rows / whole["survey"],
        "draw_rows_per_s": rows / whole["draw"],
        "held_out_rows_per_s": rows / whole["score"],
        "weigh_s": added["weigh"],
        "drawn_s": added["fit"],
        "sum_s": added["finish"],
        "fit_s": whole["fit"],
        "judge_s": whole["finish"],
    }


def measure(sample: Path, model_dir: Path, work: Path) -> tuple[Measured, Numbers]:
    """All that the simulation builds on."""
    single = one_worker(sample, model_dir)
    several = several_workers(sample, model_dir)
    scored = parts_of(sample, 200_000, "steps.csv")
    asked = scoring_steps(scored, model_dir, 100)
    trained = training(sample, scored, work)
    plain, with_reasons = single["plain"], single["with reasons"]
    measured = Measured(
        bytes_per_row=sample.stat().st_size / plain["rows"],
        rows_per_s=plain["rows"] / plain["cpu_s"],
        rows_per_s_with_reasons=with_reasons["rows"] / with_reasons["cpu_s"],
        start_s=plain["start_s"],
        gets=asked.pop("gets"),
        puts=asked.pop("puts"),
        writes=asked.pop("writes"),
        **asked,
        **trained,
    )
    rows = [(name, f"{value:,.6g}") for name, value in asdict(measured).items()]
    print_table("What the simulation builds on", ("", "measured or counted"), rows)
    return measured, {"one_worker": single, "several_workers": several}


def simulate(measured: Measured) -> Numbers:
    """Print wall time, cost and bottleneck at every size."""
    found: Numbers = {}
    for name, run in (
        ("scoring", partial(simulation.scoring, measured=measured, reasons=False)),
        ("with reasons", partial(simulation.scoring, measured=measured, reasons=True)),
        ("training", partial(simulation.training, measured=measured)),
    ):
        runs = {
            (n, c): simulation.least_raised(
                lambda limits, n=n, run=run: run(n, limits=limits),
                replace(Limits(), concurrency=c),
            )
            for n in SIZES
            for c in CONCURRENCY
        }
        _show(f"Simulated on AWS: {name}", runs)
        found[name] = {f"{n} at {c}": asdict(simulated) for (n, c), (simulated, _) in runs.items()}
    found["online"] = _online()
    return found


def _show(title: str, runs: Mapping[tuple[int, int], tuple[Simulated, int]]) -> None:
    rows = [
        (
            f"{n / 1e6:,.0f} M",
            f"{workers:,}",
            f"{run.shards:,}",
            f"{2**doublings}x",
            _duration(run.seconds),
            f"{run.usd:,.2f}",
            f"not possible: {run.wall}" if run.wall else run.bottleneck,
        )
        for (n, workers), (run, doublings) in runs.items()
    ]
    columns = ("rows", "workers", "ranges", "their size", "wall time", "USD", "longest")
    print_table(title, columns, rows)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _online() -> Numbers:
    found, rows = {}, []
    for rate in RATES:
        for busy_ms in BUSY_MS:
            needs = simulation.online(rate, busy_ms, LOG_SHARDS, OnlineLimits())
            found[f"{rate} at {busy_ms} ms"] = needs
            short = [name for name, (need, there) in needs.items() if need > there]
            usd = sum(month(rate * MONTH_S, busy_ms, 0).values()) / 30
            cells = [f"{need:,.0f}" for need, _ in needs.values()]
            rows.append(
                (f"{rate:,}", f"{busy_ms:g}", *cells, f"{usd:,.0f}", "; ".join(short) or "-")
            )
    columns = ("predictions/s", "ms", *needs, "USD a day", "above the default")
    print_table("Single predictions, what they need", columns, rows)
    return found


def main() -> None:
    """Prepare, measure, simulate, and write the numbers where asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS, help="of the sample that is scored")
    parser.add_argument("--work", type=Path, help="a directory to keep, and to find things in")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    options = parser.parse_args()
    machine = Machine.here(usable_cores())
    with tempfile.TemporaryDirectory(prefix="fraud-scale-") as scratch:
        work = options.work.resolve() if options.work else Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        out.print("Making a sample and a model.", style="dim")
        sample, model_dir = prepare(work, options.rows)
        measured, numbers = measure(sample, model_dir, work)
    simulated = simulate(measured)
    speed = measured.rows_per_s
    wanted = f"≥ {MIN_ROWS_PER_S:,}"
    print_targets([("rows/s of one worker", wanted, f"{speed:,.0f}", speed >= MIN_ROWS_PER_S)])
    load = os.getloadavg()[0]
    out.print(f"\n{machine.cores} cores of {machine.processor}; load average {load:.1f}")
    if options.json:
        kept = {"machine": asdict(machine), "measured": asdict(measured), **numbers}
        options.json.write_text(json.dumps(kept | {"simulated": simulated}), encoding="utf-8")


if __name__ == "__main__":
    main()
