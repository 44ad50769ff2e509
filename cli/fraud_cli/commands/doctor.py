"""`fraud doctor`: whether this machine and the stack on it are fit, and what to do if not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from fraud_cli.commands.options import AsJson
from fraud_cli.connection import Connection, find_connection, state_dir
from fraud_cli.deployment import local_stack
from fraud_cli.doctor import Check, State, machine_checks, running_checks
from fraud_cli.errors import FAILED, Unreachable
from fraud_cli.local import default_port
from fraud_cli.output import out, print_json

MARKS = {
    State.OK: Text("ok", style="green"),
    State.MISSING: Text("missing", style="bold red"),
    State.ABSENT: Text("absent", style="yellow"),
}


def doctor(
    port: Annotated[
        int | None, typer.Option(help="Port that `fraud up` is to use.", min=1, max=65535)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check this machine and what runs on it; say what to do.

    Exit code 1 when something needed is missing; what is only absent, some uses need.
    """
    project_dir = Path.cwd()
    running = local_stack(project_dir).status().port
    wanted = port or running or default_port()
    checks = machine_checks(project_dir, state_dir(project_dir), wanted, ours=wanted == running)
    checks += running_checks(_connection(project_dir))
    fit = all(check.state is not State.MISSING for check in checks)
    if as_json:
        print_json({"fit": fit, "checks": [asdict(check) for check in checks]})
    else:
        _show(checks, fit)
    if not fit:
        raise typer.Exit(FAILED)


def _connection(project_dir: Path) -> Connection | None:
    try:
        return find_connection(project_dir)
    except Unreachable:
        return None


def _show(checks: list[Check], fit: bool) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        words = check.found + (f"\n{check.advice}" if check.advice else "")
        table.add_row(MARKS[check.state], check.name, words)
    out.print(table)
    out.print("Fit." if fit else "Not fit: what is missing is needed.", style="bold")
