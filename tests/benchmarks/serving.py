"""Serving measured: warm, cold, in batches, side by side over HTTP, and what it costs.

`uv run python tests/benchmarks/serving.py [--samples N] [--work DIR] [--json FILE]`

Handlers run under the real Lambda runtime client and the interface emulator that aws-sam-cli
ships, with the layers as deployed; everything on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cold_start
import cost
import side_by_side
import warm
from child_process import usable_cores
from local_aws import local_aws
from machine import Machine
from tables import out, print_targets
from workspace import Workspace, prepare

SAMPLE_ROWS = 200_000


def measured(workspace: Workspace, samples: int, cold_samples: int) -> dict[str, Any]:
    """Measure and print everything."""
    with local_aws(workspace) as aws:
        one = warm.single(workspace, aws, samples)
        many = warm.batch(workspace, aws, max(10, samples // 20))
        http = side_by_side.measure(workspace, aws, samples)
        cold = cold_start.measure(workspace, aws, cold_samples)
    kinds = {name: (one[name].reported.p50, 1) for name in (warm.IN_MEMORY, warm.DEPLOYED)}
    kinds |= {name: (many[name].reported.p50, warm.BATCH_ROWS) for name in many}
    prices = cost.show(kinds)
    months = cost.show_months(one[warm.DEPLOYED].reported.p50)
    print_targets([*warm.targets(one, many), *cold_start.targets(cold)])
    return {
        "warm": {name: m.facts() for name, m in one.items()},
        "batch": {name: m.facts() | {"rows_per_s": warm.rows_per_s(m)} for name, m in many.items()},
        "http": {name: t.facts() for name, t in http.items()},
        "cold": cold,
        "cents_per_million": prices,
        "usd_a_month": months,
    }


def main() -> None:
    """Prepare, measure, and write the numbers where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--samples", type=int, default=2000, help="warm requests of each kind")
    parser.add_argument("--cold-samples", type=int, default=15, help="cold starts of each kind")
    parser.add_argument("--rows", type=int, default=SAMPLE_ROWS, help="of the sample trained on")
    parser.add_argument("--work", type=Path, help="a directory to keep, and to find things in")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    options = parser.parse_args()
    machine = Machine.here(usable_cores())
    with tempfile.TemporaryDirectory(prefix="fraud-serving-") as scratch:
        root = options.work.resolve() if options.work else Path(scratch)
        out.print("Building layers, installing the runtime, training a model.", style="dim")
        workspace = prepare(root, options.rows)
        results = measured(workspace, options.samples, options.cold_samples)
    load = os.getloadavg()[0]
    out.print(f"\n{machine.cores} cores of {machine.processor}; load average {load:.1f}")
    if options.json:
        numbers = {"machine": asdict(machine), "load_average": load, **results}
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
