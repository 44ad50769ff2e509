"""The `fraud` command: commands registered, errors shown without traces."""

from __future__ import annotations

import sys

import typer

from fraud_cli.commands import data, model
from fraud_cli.errors import CliError
from fraud_cli.output import err

app = typer.Typer(
    name="fraud",
    help="Fraud detection in your own AWS account, or on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(model.train)
app.command()(model.predict)
app.command()(model.health)
app.command()(data.sample)


def main() -> None:
    """Entry point: a failure becomes one sentence and exit code 1."""
    try:
        app()
    except CliError as e:
        err.print(f"[bold red]error:[/] {e.message}", soft_wrap=True)
        if e.hint:
            err.print(f"[dim]{e.hint}[/]", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("interrupted")
        sys.exit(130)
