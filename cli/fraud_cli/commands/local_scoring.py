"""`fraud score --local`: the workers' own code, without any stack."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.commands.counted import show_counts
from fraud_cli.errors import CliError, WrongUsage
from fraud_cli.output import err, print_json

if TYPE_CHECKING:
    from fraud.domain.score_counts import ScoreCounts


def score_here(
    files: Sequence[Path], model: str | None, target: Path, *, reasons: bool, as_json: bool
) -> None:
    """Score files of this machine with a model of this machine, and show what came of them."""
    # NumPy and ONNX Runtime take a while to import; only this needs them.
    from fraud_training.scoring.local import score_files  # noqa: PLC0415

    if model is None:
        raise WrongUsage(
            "--local needs a model's folder: --model DIR", "`fraud fit FILE --out DIR` makes one"
        )
    if target.resolve() in {file.resolve() for file in files}:
        raise CliError(f"{target} is one of the files to score", "name another file with -o")
    columns = (
        TextColumn("scoring"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    begun = time.monotonic()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=1.0, rows=0)

        def on_progress(counts: ScoreCounts, done: float) -> None:
            progress.update(task, completed=done, rows=counts.rows)

        scored = score_files(files, Path(model), target, on_progress, with_reasons=reasons)
    counts, seconds = scored.counts, time.monotonic() - begun
    refused = str(scored.refused) if scored.refused else None
    if as_json:
        facts = {"file": str(target), "refused_file": refused, "rows": counts.rows}
        print_json({**facts, **counts.model_dump(), "seconds": round(seconds, 3)})
        return
    files_left = {"file": str(target), "refused rows": refused}
    show_counts({}, counts.outcomes, counts.refused, {**files_left, "seconds": seconds})
