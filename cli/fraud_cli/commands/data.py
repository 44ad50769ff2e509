"""`fraud sample` and `fraud fit`: data and models on this machine, without any AWS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from fraud_cli.commands.model import AsJson
from fraud_cli.errors import CliError
from fraud_cli.output import err, out, print_json


def sample(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; .gz compresses.")],
    rows: Annotated[int, typer.Option(min=1, help="Transactions.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same file.")] = 1,
    fraud_rate: Annotated[float, typer.Option(min=0, max=0.5, help="Share of frauds.")] = 0.01,
    shift: Annotated[float, typer.Option(min=0, max=1, help="How far behaviour has moved.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Generate PaySim-like transactions: balances that add up, mules, drained accounts."""
    from fraud_cli.sampling import write_sample  # noqa: PLC0415 - polars takes a while to import

    columns = (TextColumn("{task.completed:,.0f} rows"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=rows)
        try:
            summary = write_sample(
                output,
                rows,
                seed=seed,
                fraud_rate=fraud_rate,
                shift=shift,
                on_progress=lambda done: progress.update(task, completed=done),
            )
        except (OSError, ValueError) as e:
            raise CliError(f"cannot write {output}: {e}") from None
    if as_json:
        print_json(asdict(summary))
    else:
        out.print(
            f"{summary.rows:,} transactions, {summary.frauds:,} of them frauds, "
            f"in {summary.path} ({summary.seconds:.1f} s)"
        )
