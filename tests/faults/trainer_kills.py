"""The trainer killed again and again: every training ends, once, and nothing is left behind.

`uv run python tests/faults/trainer_kills.py --kills 3000`

Trainings go through the real functions, each in a process of its own, over HTTP to the local
emulator. Their workers are killed (SIGKILL) or frozen (SIGSTOP, SIGCONT) at named points; messages
come twice, late and in another order; requests, sweeps and dead-letter runs are killed too. At the
end everything is compared with what was promised. Ends with an error when a promise is broken;
Ctrl-C ends it early.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from kill_run import Outcome, kill_run
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console(highlight=False, width=100)


def main() -> int:
    """Run it; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=3000, help="of trainers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="where the numbers go")
    options = parser.parse_args()
    columns = (TextColumn("kills"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="fraud-kills-") as scratch,
        kill_run(Path(scratch), options.seed) as run,
        Progress(*columns, console=out) as bars,
    ):
        bar = bars.add_task("kills", total=options.kills)
        with suppress(KeyboardInterrupt):
            run.run(options.kills, lambda so_far: bars.update(bar, completed=so_far.trainer_kills))
    outcome = run.outcome
    show(outcome)
    if options.json:
        numbers = vars(outcome) | {"kills": {": ".join(w): n for w, n in outcome.kills.items()}}
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    return 1 if outcome.broken else 0


def show(outcome: Outcome) -> None:
    """Every count, in tables."""
    _print("trainer killed", {p: n for (f, p), n in outcome.kills.items() if f == "trainer"})
    others = {f"{f}: {p}": n for (f, p), n in outcome.kills.items() if f != "trainer"}
    _print("other functions killed", others)
    totals = {"schedules": outcome.schedules, "trainers killed": outcome.trainer_kills}
    _print("together", totals | outcome.counts)
    _print("trainings ended as", dict(outcome.ended))
    out.print(f"\n{outcome.took_s:,.0f} s")
    for broken in outcome.broken:
        out.print(broken)
    out.print("BROKEN" if outcome.broken else "every promise held")


def _print(title: str, counts: dict[str, int]) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for name in sorted(counts):
        table.add_row(name, f"{counts[name]:,}")
    out.print(f"\n{title}", style="bold")
    out.print(table)


if __name__ == "__main__":
    sys.exit(main())
