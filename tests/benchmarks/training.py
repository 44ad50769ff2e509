"""Training side by side with the original's pipeline: time, memory and quality on the same rows.

`uv run python tests/benchmarks/training.py [--csv FILE] [--skip-original] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from child_process import run, usable_cores
from machine import Machine
from paysim_file import PROJECT, doubled, unpacked
from tables import fraction, out, print_table, print_targets

CORES = 2
MB = 1_000_000
FRAUD = Path(sys.executable).with_name("fraud")
REBUILD = Path(__file__).with_name("original_pipeline.py")
RECORD = PROJECT / ".fraud" / "benchmarks" / "original.json"

QUICK, FULL, ORIGINAL = "fraud fit --quick", "fraud fit", "original, rebuilt"
TIME_SHARE = {QUICK: 1 / 40, FULL: 1 / 12}
MAX_PEAK_BYTES = 900 * MB
MIN_F1, MIN_AUPRC = 0.885, 0.90
MAX_TIME_GROWTH, MAX_MEMORY_GROWTH = 2.0, 1.1

type Result = dict[str, Any]


def ours(name: str, csv: Path, work_dir: Path, repeats: int) -> Result:
    """Fit as a user does, whole command: median time and highest memory of a few runs."""
    out_dir = work_dir / "model"
    quick = ["--quick"] if name == QUICK else []
    command = [str(FRAUD), "fit", str(csv), "--out", str(out_dir), "--feature-set", "basic"]
    runs = [run([*command, *quick, "--json"], work_dir, CORES) for _ in range(repeats)]
    facts = json.loads(runs[-1].stdout.splitlines()[-1])
    return {
        "seconds": median(r.seconds for r in runs),
        "cpu_s": median(r.cpu_s for r in runs),
        "peak_bytes": max(r.peak_bytes for r in runs),
        **{metric: facts[metric] for metric in ("rows", "frauds", "f1", "precision", "recall")},
        "auprc": facts["auprc"],
        "algorithm": facts["algorithm"],
    }


def original(csv: Path, work_dir: Path, machine: Machine) -> Result:
    """Run the rebuild, and keep its result for runs that skip it."""
    out.print("The original's pipeline is running; it takes minutes.", style="dim")
    command = [sys.executable, str(REBUILD), str(csv), str(work_dir / "original")]
    done = run(command, work_dir, CORES)
    result = json.loads(done.stdout) | {
        "seconds": done.seconds,
        "cpu_s": done.cpu_s,
        "peak_bytes": done.peak_bytes,
    }
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    kept = {"machine": asdict(machine), "csv": _identity(csv), "result": result}
    RECORD.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return result


def last_original(csv: Path, machine: Machine) -> Result | None:
    """The rebuild's last result, if it was measured here and on the same file."""
    try:
        kept = json.loads(RECORD.read_text(encoding="utf-8"))
    except OSError:
        return None
    same = kept["machine"] == asdict(machine) and kept["csv"] == _identity(csv)
    return kept["result"] if same else None


def _identity(csv: Path) -> Result:
    return {"name": csv.name, "bytes": csv.stat().st_size}


def measured(options: argparse.Namespace, machine: Machine, work_dir: Path) -> dict[str, Result]:
    """Run every contestant on the file, and ours on twice the rows."""
    csv = options.csv.resolve() if options.csv else unpacked(work_dir)
    results = {name: ours(name, csv, work_dir, options.repeats) for name in (QUICK, FULL)}
    if not options.skip_twice:
        twice = doubled(csv, work_dir)
        for name in (QUICK, FULL):
            results[_twice(name)] = ours(name, twice, work_dir, options.repeats)
        twice.unlink()
    known = last_original(csv, machine) if options.skip_original else None
    if known or not options.skip_original:
        results[ORIGINAL] = known or original(csv, work_dir, machine)
    return results


def _twice(name: str) -> str:
    return f"{name}, twice the rows"


def show(results: dict[str, Result], machine: Machine) -> None:
    """Print the contestants, then the targets."""
    slowest = results.get(ORIGINAL)
    rows = []
    for name, r in results.items():
        against = [
            fraction(r[unit], slowest[unit]) if slowest and slowest["rows"] == r["rows"] else "-"
            for unit in ("seconds", "peak_bytes")
        ]
        quality = [f"{r[metric]:.4f}" for metric in ("f1", "precision", "recall", "auprc")]
        if name in {_twice(QUICK), _twice(FULL)}:
            quality = ["-"] * len(quality)  # near-copies lie on both sides of the split
        numbers = [f"{r['rows']:,}", f"{r['seconds']:.1f}", against[0], f"{r['cpu_s']:.1f}"]
        rows.append((name, *numbers, f"{r['peak_bytes'] / MB:,.0f}", against[1], *quality))
    title = f"Training, basic features, {machine.cores} cores of {machine.processor}"
    columns = ("", "rows", "s", "of original", "CPU s", "peak MB", "of original")
    print_table(title, (*columns, "F1", "precision", "recall", "AUPRC"), rows)
    print_targets([row for name in (QUICK, FULL) for row in targets(name, results)])


def targets(name: str, results: dict[str, Result]) -> list[tuple[str, str, str, bool]]:
    """What is wanted of one command, and what it did."""
    r, twice, slowest = results[name], results.get(_twice(name)), results.get(ORIGINAL)
    rows = [
        (f"{name}: F1", f"≥ {MIN_F1}", f"{r['f1']:.4f}", r["f1"] >= MIN_F1),
        (f"{name}: AUPRC", f"≥ {MIN_AUPRC:.2f}", f"{r['auprc']:.4f}", r["auprc"] >= MIN_AUPRC),
        _at_most(f"{name}: peak MB", r["peak_bytes"] / MB, MAX_PEAK_BYTES / MB, ",.0f"),
    ]
    if slowest:
        share = r["seconds"] / slowest["seconds"]
        limit = TIME_SHARE[name]
        shown = fraction(r["seconds"], slowest["seconds"])
        rows.insert(0, (f"{name}: time", f"≤ 1/{1 / limit:.0f}", shown, share <= limit))
    if twice:
        growth = {unit: twice[unit] / r[unit] for unit in ("seconds", "peak_bytes")}
        label = f"{name}, twice the rows:"
        rows.append(_at_most(f"{label} times the time", growth["seconds"], MAX_TIME_GROWTH, ".2f"))
        rows.append(
            _at_most(f"{label} times the memory", growth["peak_bytes"], MAX_MEMORY_GROWTH, ".2f")
        )
    return rows


def _at_most(name: str, got: float, limit: float, form: str) -> tuple[str, str, str, bool]:
    return name, f"≤ {limit:{form}}", f"{got:{form}}", got <= limit


def main() -> None:
    """Measure, print, and write the numbers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--csv", type=Path, help="an unpacked PaySim file")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    parser.add_argument("--repeats", type=int, default=1, help="runs of ours; the median counts")
    parser.add_argument("--skip-twice", action="store_true", help="leave out twice the rows")
    parser.add_argument(
        "--skip-original",
        action="store_true",
        help="quote the rebuild's last result on this machine and file, if there is one",
    )
    options = parser.parse_args()
    machine = Machine.here(min(CORES, usable_cores()))
    with tempfile.TemporaryDirectory(prefix="fraud-training-") as work_dir:
        results = measured(options, machine, Path(work_dir))
    show(results, machine)
    if options.json:
        numbers = {"machine": asdict(machine), "results": results}
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
