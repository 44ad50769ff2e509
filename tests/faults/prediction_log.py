"""No answered prediction is lost: the predict service over failing tables and queues.

`uv run python tests/faults/prediction_log.py --predictions 100000 --throttled 0.3 --lost 0.01`

Answers predictions through the real service, adapters and botocore with its retries, over HTTP to
the local emulator, while calls to DynamoDB and SQS are throttled, lose their answers, or are taken
in part; drains the buffer queue with the real log writer under the same faults; and compares what
was answered with what is in the table. Ends with an error when a single prediction is missing,
altered or there twice.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from fault_run import Outcome, Plan, run
from local_log import local_log
from quick_model import quick_model
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console(highlight=False, width=100)


def main() -> int:
    """Run it; 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--predictions", type=int, default=100_000)
    parser.add_argument("--throttled", type=float, default=0.3, help="share of calls")
    parser.add_argument("--lost", type=float, default=0.01, help="share of calls")
    parser.add_argument("--single-share", type=float, default=0.5, help="not in batches")
    parser.add_argument("--outage-s", type=float, default=0, help="table away until then")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    options = parser.parse_args()
    plan = Plan(**{k: v for k, v in vars(options).items() if k != "json"})
    logging.disable()  # the product says so of every prediction that it buffers
    with tempfile.TemporaryDirectory(prefix="fraud-faults-") as scratch:
        out.print("Training a model, starting the emulator.", style="dim")
        model = quick_model(Path(scratch))
        with local_log(Path(scratch)) as log, _Bars() as bars:
            outcome = run(plan, log, model, bars)
    show(plan, outcome)
    if options.json:
        numbers = {"plan": asdict(plan), "outcome": asdict(outcome)}
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    return 0 if outcome.sound else 1


class _Bars(Progress):
    """A bar for every phase, as it is reported."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn())
        super().__init__(*columns, TimeElapsedColumn(), console=out)
        self._bars: dict[str, object] = {}

    def __call__(self, phase: str, done: int, of: int) -> None:
        """Move a phase's bar."""
        if phase not in self._bars:
            self._bars[phase] = self.add_task(phase)
        self.update(self._bars[phase], completed=done, total=of)


def show(plan: Plan, outcome: Outcome) -> None:
    """Every count, in a table."""
    title = (
        f"{plan.throttled:.0%} of calls throttled, {plan.lost:.0%} of answers lost, "
        f"table down until {plan.outage_s:g} s after the answers, seed {plan.seed}"
    )
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in asdict(outcome).items():
        is_time = name.endswith("_s")
        label = name.removesuffix("_s" if is_time else "").replace("_", " ")
        table.add_row(label, f"{value:,.1f} s" if is_time else f"{value:,}")
    out.print(f"\n{title}", style="bold")
    out.print(table)
    out.print("every answered prediction is in the log, once" if outcome.sound else "NOT SOUND")


if __name__ == "__main__":
    sys.exit(main())
